package postmortem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/walk"
)

// reportsDir is the directory of the reports in the state directory.
const reportsDir = "reports"

// DefaultDirs are the state directories that are tried where none is named, in this
// order. The first has to be there, as a volume or made by the image; the others are
// made.
func DefaultDirs() []string {
	return []string{"/var/lib/nile", "/run/nile", "/tmp/nile-" + strconv.Itoa(os.Getuid())}
}

// Open opens the store in a state directory, or, where dir is empty, in the first of
// [DefaultDirs] that can be used. It always returns a usable store: one in memory where
// nothing can be written, with an error that says why, if a directory was named.
//
// A symbolic link in the last place of the path is refused, as is a default directory
// that others could write to: /tmp is everybody's.
func Open(dir string) (*Store, error) {
	return openFirst(dir, DefaultDirs())
}

func openFirst(dir string, defaults []string) (*Store, error) {
	s := &Store{keep: DefaultKeep}
	if dir != "" {
		if err := s.use(dir, false); err != nil {
			s.why = err.Error()
			return s, fmt.Errorf("cannot keep crash reports in %s: %w: they are kept in memory while nile runs", dir, err)
		}
		return s, nil
	}
	var failed []string
	for i, dir := range defaults {
		if i == 0 {
			if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		err := s.use(dir, true)
		if err == nil {
			return s, nil
		}
		failed = append(failed, dir+": "+err.Error())
	}
	s.why = "no state directory can be written (" + strings.Join(failed, "; ") + ")"
	return s, nil
}

// use opens a state directory, and makes it where it is missing.
func (s *Store) use(dir string, suspicious bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	state, err := openOwn(dir, true)
	if err != nil {
		return err
	}
	defer state.Close()
	if suspicious {
		if err := checkPrivate(state); err != nil {
			return err
		}
	}
	if err := state.Mkdir(reportsDir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return plain(err)
	}
	info, err := state.Lstat(reportsDir)
	switch {
	case err != nil:
		return plain(err)
	case !info.IsDir():
		return errors.New(reportsDir + " in it is no directory")
	case owner(info) != os.Getuid():
		return fmt.Errorf("%s in it belongs to user %d: remove it, or name another directory", reportsDir, owner(info))
	}
	root, err := state.OpenRoot(reportsDir)
	if err != nil {
		return plain(err)
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(info, opened) {
		root.Close()
		return errors.New(reportsDir + " in it changes while it is opened")
	}
	if err := tryToWrite(root); err != nil {
		root.Close()
		return err
	}
	s.root, s.dir = root, dir
	s.tidy()
	return nil
}

// openOwn opens a directory, and not where a symbolic link in its place leads, nor one on
// the way there that somebody else can have put there. With create it is made where it is
// missing.
func openOwn(dir string, create bool) (*os.Root, error) {
	parent, name := walk.Split(dir)
	open := walk.Open
	if create {
		open = func(path string) (int, error) { return walk.Make(path, dirMode) }
	}
	at, err := open(parent)
	if err != nil {
		return nil, plain(err)
	}
	defer unix.Close(at)
	if create {
		if err := unix.Mkdirat(at, name, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	found := os.NewFile(uintptr(fd), dir)
	defer found.Close()
	info, err := found.Stat()
	switch {
	case err != nil:
		return nil, plain(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errors.New("it is a symbolic link: name the directory that it leads to")
	case !info.IsDir():
		return nil, errors.New("it is no directory")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, plain(err)
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(info, opened) {
		root.Close()
		return nil, errors.New("it changes while it is opened")
	}
	return root, nil
}

// checkPrivate refuses a directory that belongs to somebody else or that others may
// write to.
func checkPrivate(root *os.Root) error {
	info, err := root.Stat(".")
	switch {
	case err != nil:
		return plain(err)
	case owner(info) != os.Getuid():
		return fmt.Errorf("it belongs to user %d", owner(info))
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may write to it (mode %04o)", info.Mode().Perm())
	}
	return nil
}

// tryToWrite finds out whether files can be made: a read-only file system and a full one
// say so only then.
func tryToWrite(root *os.Root) error {
	const name = unfinished + "probe"
	_ = root.Remove(name)
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return plain(err)
	}
	_, err = file.Write([]byte{'\n'})
	err = errors.Join(err, file.Close(), root.Remove(name))
	if err != nil {
		return plain(err)
	}
	return nil
}

// tidy removes what a nile that ended amid its work has left unfinished.
func (s *Store) tidy() {
	_ = fs.WalkDir(s.root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return nil //nolint:nilerr // the next one may do
		case strings.HasPrefix(entry.Name(), unfinished), strings.HasSuffix(entry.Name(), ".json.new"):
			_ = s.root.RemoveAll(path)
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir() && strings.Count(path, "/") > 1:
			return fs.SkipDir
		}
		return nil
	})
}

func owner(info fs.FileInfo) int {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(status.Uid)
	}
	return -1
}

func blocks(info fs.FileInfo) int64 {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return status.Blocks * 512
	}
	return info.Size()
}
