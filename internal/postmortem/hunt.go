package postmortem

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The bounds of the search for artefacts.
const (
	maxArtefacts = 32
	maxArtefact  = 256 << 20 // bytes of each
	maxTogether  = 1 << 30   // bytes of all of one report
	maxEntries   = 20_000    // of directories that are looked at, for one report
	maxDirs      = 1_000     // that are opened
	// mtimeGrain is how far behind the clock a file's time may be: it is the kernel's
	// time of its latest tick.
	mtimeGrain = 20 * time.Millisecond
)

// found is a file that is evidence.
type found struct {
	dir   *os.Root
	name  string // in it
	path  string // for people
	info  fs.FileInfo
	kind  string
	named bool // by the user, who may want it to stay where it is
}

// hunt looks for the files that a run has left: regular ones, which belong to its user
// and are newer than its start. No symbolic link is followed below the directories that
// are named, and the kernel's file systems are never looked into.
type hunt struct {
	since    time.Time
	until    time.Time // for files that only a crash writes; zero is no bound
	uid      int       // of the process; files of others are not its work, unless it is root
	found    []*found
	more     int // that were found beyond maxArtefacts
	notes    []string
	entries  int
	dirs     int
	roots    []*os.Root
	seen     map[fileID]bool
	tooLarge bool // a bound was met
}

type fileID struct{ device, inode uint64 }

func newHunt(since, until time.Time, uid int) *hunt {
	return &hunt{since: since.Add(-mtimeGrain), until: until, uid: uid, seen: map[fileID]bool{}}
}

// close closes the directories; what was found can't be opened any more.
func (h *hunt) close() {
	for _, root := range h.roots {
		root.Close()
	}
}

// directory looks for the files of crashes in a directory, by their usual names.
func (h *hunt) directory(dir string) {
	root := h.open(dir)
	if root == nil {
		return
	}
	for _, entry := range h.list(root) {
		kind := kindOf(entry.Name())
		if kind == "" {
			continue
		}
		if info, err := root.Lstat(entry.Name()); err == nil {
			h.consider(root, dir, info, kind, false)
		}
	}
}

// evidence looks for the files that a runtime leaves, by an absolute pattern whose last
// element alone has signs in it. The directory was named by the user or by nile.
func (h *hunt) evidence(pattern string) {
	dir, base := filepath.Split(pattern)
	if real, err := filepath.EvalSymlinks(unescapeGlob(dir)); err == nil {
		h.match(real, []string{base}, func(info fs.FileInfo) (string, bool) { return kindOf(info.Name()), false })
	}
}

// glob looks for the files that a pattern of the user's names. A relative one begins at
// the process's directory.
func (h *hunt) glob(pattern, cwd string) {
	from := "/"
	if !filepath.IsAbs(pattern) {
		from = cwd
	}
	pattern = strings.TrimPrefix(filepath.Clean(pattern), "/")
	if pattern == "." {
		return
	}
	h.match(from, strings.Split(pattern, "/"), func(entry fs.FileInfo) (string, bool) {
		return kindOf(entry.Name()), true
	})
}

// match goes down from a directory, one part of a pattern after the other.
func (h *hunt) match(dir string, parts []string, kind func(fs.FileInfo) (string, bool)) {
	for len(parts) > 1 && !strings.ContainsAny(parts[0], `*?[\`) {
		if dir = h.below(dir, parts[0]); dir == "" {
			return
		}
		parts = parts[1:]
	}
	root := h.open(dir)
	if root == nil {
		return
	}
	for _, entry := range h.list(root) {
		if ok, err := path.Match(parts[0], entry.Name()); err != nil || !ok {
			continue
		}
		info, err := root.Lstat(entry.Name())
		switch {
		case err != nil:
		case len(parts) == 1:
			what, named := kind(info)
			h.consider(root, dir, info, what, named)
		case info.IsDir(): // not a link to one
			h.match(filepath.Join(dir, entry.Name()), parts[1:], kind)
		}
	}
}

// below is a directory in another. A symbolic link is followed only where it is one of
// the system's, such as /var/run: the process may have made any other.
func (h *hunt) below(dir, name string) string {
	at := filepath.Join(dir, name)
	info, err := os.Lstat(at)
	switch {
	case err != nil:
		return ""
	case info.Mode()&fs.ModeSymlink == 0 || dir == "/" || dir == "/var":
		return at
	}
	h.notes = append(h.notes, "nothing is collected through "+at+": it is a symbolic link; name the directory that it leads to")
	return ""
}

// open opens a directory to look into; nil where it is not there or is the kernel's.
func (h *hunt) open(dir string) *os.Root {
	if h.dirs++; h.dirs > maxDirs {
		h.bounded()
		return nil
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil
	}
	if isKernels(real) {
		h.notes = append(h.notes, "nothing is collected from "+dir+": it is the kernel's")
		return nil
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			h.notes = append(h.notes, fmt.Sprintf("cannot look for artefacts in %s: %v%s", dir, plain(err), closedToRoot(err)))
		}
		return nil
	}
	if isPseudo(root) {
		root.Close()
		h.notes = append(h.notes, "nothing is collected from "+dir+": it is the kernel's")
		return nil
	}
	h.roots = append(h.roots, root)
	return root
}

// closedToRoot is what root lacks where it may not do what root may.
func closedToRoot(err error) string {
	if os.Geteuid() != 0 || !errors.Is(err, unix.EACCES) {
		return ""
	}
	return ": what is closed to root takes CAP_DAC_OVERRIDE"
}

func (h *hunt) list(root *os.Root) []fs.DirEntry {
	dir, err := root.Open(".")
	if err != nil {
		return nil
	}
	defer dir.Close()
	entries, err := dir.ReadDir(max(maxEntries-h.entries, 1))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	if h.entries += len(entries); h.entries >= maxEntries {
		h.bounded()
	}
	return entries
}

func (h *hunt) bounded() {
	if !h.tooLarge {
		h.tooLarge = true
		h.notes = append(h.notes, fmt.Sprintf("not all files were looked at: %d directory entries is the most", maxEntries))
	}
}

// consider takes a file if it is what is looked for.
func (h *hunt) consider(root *os.Root, dir string, info fs.FileInfo, kind string, named bool) {
	if !info.Mode().IsRegular() || info.ModTime().Before(h.since) {
		return
	}
	if !named && !h.until.IsZero() && info.ModTime().After(h.until) {
		return // of a later run
	}
	at := filepath.Join(dir, info.Name())
	if h.uid != 0 && owner(info) != h.uid {
		if named {
			h.notes = append(h.notes, fmt.Sprintf("%s is not collected: it belongs to user %d, not to the process's", at, owner(info)))
		}
		return
	}
	id := identity(info)
	if h.seen[id] {
		return
	}
	h.seen[id] = true
	if len(h.found) == maxArtefacts {
		h.more++
		return
	}
	f := &found{dir: root, name: info.Name(), path: at, info: info, kind: kind, named: named}
	if kind == "" {
		f.kind = kindOfContent(f.head(64))
	}
	h.found = append(h.found, f)
}

// isKernels tells of directories whose files are made by the kernel, or stand for devices.
func isKernels(dir string) bool {
	for _, top := range []string{"/proc", "/sys", "/dev"} {
		if dir == top || strings.HasPrefix(dir, top+"/") && !strings.HasPrefix(dir, "/dev/shm/") && dir != "/dev/shm" {
			return true
		}
	}
	return false
}

// isPseudo tells the same of a file system that is mounted elsewhere.
func isPseudo(root *os.Root) bool {
	dir, err := root.Open(".")
	if err != nil {
		return true
	}
	defer dir.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
		return true
	}
	switch uint32(fs.Type) { // the numbers have 32 bits, and the field is signed on some architectures
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
		unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC, unix.BPF_FS_MAGIC, unix.SELINUX_MAGIC, unix.EFIVARFS_MAGIC:
		return true
	}
	return false
}

// unescapeGlob is the path that a pattern without signs stands for.
func unescapeGlob(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

func identity(info fs.FileInfo) fileID {
	if status, ok := info.Sys().(*unixStat); ok {
		return fileID{uint64(status.Dev), status.Ino} //nolint:unconvert // its size differs by architecture
	}
	return fileID{}
}
