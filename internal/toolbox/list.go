package toolbox

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxEntries bounds how many entries of one directory are held in memory.
const maxEntries = 100_000

// entry is a file as ls shows it.
type entry struct {
	name string // as it is shown
	path string
	info unix.Stat_t
}

func look(name, path string) (entry, error) {
	e := entry{name: name, path: path}
	if err := unix.Lstat(path, &e.info); err != nil {
		return e, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	return e, nil
}

func (e *entry) isDir() bool { return e.info.Mode&unix.S_IFMT == unix.S_IFDIR }

func ls(c *call) error {
	if len(c.args) == 0 {
		c.args = []string{"."}
	}
	var files, directories []entry
	for _, name := range c.args {
		e, err := look(name, name)
		if err != nil {
			c.complain(err)
			continue
		}
		if info, err := os.Stat(name); err == nil && info.IsDir() && !c.has('d') && (e.isDir() || !c.has('l')) {
			directories = append(directories, e)
		} else {
			files = append(files, e)
		}
	}
	c.list(files)
	for i := range directories {
		if len(c.args) > 1 || c.has('R') {
			if i > 0 || len(files) > 0 {
				fmt.Fprintln(c.out)
			}
			fmt.Fprintf(c.out, "%s:\n", printable(directories[i].name))
		}
		c.listDirectory(directories[i].path, 0)
	}
	return nil
}

// deepest bounds how deep a tree is walked.
const deepest = 256

func (c *call) listDirectory(path string, depth int) {
	entries, err := c.entries(path)
	if err != nil {
		c.complain(err)
	}
	c.list(entries)
	if !c.has('R') || depth > deepest {
		return
	}
	for i := range entries {
		if c.ctx.Err() == nil && entries[i].isDir() && entries[i].name != "." && entries[i].name != ".." {
			fmt.Fprintf(c.out, "\n%s:\n", printable(entries[i].path))
			c.listDirectory(entries[i].path, depth+1)
		}
	}
}

func (c *call) entries(path string) ([]entry, error) {
	names, err := readNames(path)
	if c.has('a') {
		names = append([]string{".", ".."}, names...)
	}
	var entries []entry
	for _, name := range names {
		if strings.HasPrefix(name, ".") && !c.has('a') {
			continue
		}
		if e, err := look(name, filepath.Join(path, name)); err == nil { // it may be gone by now
			entries = append(entries, e)
		}
	}
	return entries, err
}

func readNames(path string) ([]string, error) {
	directory, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	names, err := directory.Readdirnames(maxEntries)
	if err != nil && len(names) == 0 {
		err = notEnd(err)
	}
	slices.Sort(names)
	return names, err
}

func (c *call) list(entries []entry) {
	slices.SortStableFunc(entries, func(a, b entry) int {
		order := 0
		switch {
		case c.has('t'):
			order = cmp.Compare(b.info.Mtim.Nano(), a.info.Mtim.Nano())
		case c.has('S'):
			order = cmp.Compare(b.info.Size, a.info.Size)
		}
		if order == 0 {
			order = strings.Compare(a.name, b.name)
		}
		if c.has('r') {
			return -order
		}
		return order
	})
	if !c.has('l') {
		c.columns(entries)
		return
	}
	rows := make([][]string, len(entries))
	for i := range entries {
		rows[i] = c.long(&entries[i])
	}
	c.table(rows)
}

// columns prints names only: one a line, or side by side on a terminal.
func (c *call) columns(entries []entry) {
	width := 0
	for i := range entries {
		width = max(width, len(printable(entries[i].name))+2)
	}
	across := 1
	if c.Terminal && !c.has('1') && width > 0 {
		across = max(1, 80/width)
	}
	down := (len(entries) + across - 1) / across
	for row := range down {
		for column := range across {
			at := column*down + row
			if at >= len(entries) {
				break
			}
			name := printable(entries[at].name)
			if column < across-1 && at+down < len(entries) {
				name += strings.Repeat(" ", width-len(name))
			}
			fmt.Fprint(c.out, name)
		}
		fmt.Fprintln(c.out)
	}
}

// long is a row of ls -l.
func (c *call) long(e *entry) []string {
	size := strconv.FormatInt(e.info.Size, 10)
	if c.has('h') {
		size = readable(e.info.Size)
	}
	if kind := e.info.Mode & unix.S_IFMT; kind == unix.S_IFCHR || kind == unix.S_IFBLK {
		size = fmt.Sprintf("%d,%d", unix.Major(uint64(e.info.Rdev)), unix.Minor(uint64(e.info.Rdev)))
	}
	name := printable(e.name)
	if target, err := os.Readlink(e.path); err == nil {
		name += " -> " + printable(target)
	}
	modified := time.Unix(e.info.Mtim.Unix())
	owner, group := c.user(e.info.Uid), c.group(e.info.Gid)
	if c.has('n') {
		owner, group = fmt.Sprint(e.info.Uid), fmt.Sprint(e.info.Gid)
	}
	return []string{modeText(e.info.Mode), fmt.Sprint(e.info.Nlink), owner, group, size, modified.Format("2006-01-02 15:04"), name}
}

// table prints rows in columns; numbers stand to the right.
func (c *call) table(rows [][]string) {
	var widths []int
	numeric := []bool{}
	for n, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths, numeric = append(widths, 0), append(numeric, true)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
			first := strings.TrimLeft(cell, "-")
			numeric[i] = numeric[i] && (n == 0 && len(rows) > 1 && strings.ToUpper(cell) == cell || first != "" && first[0] >= '0' && first[0] <= '9' || cell == "-")
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			switch {
			case i == len(row)-1:
				fmt.Fprintln(c.out, cell)
			case numeric[i]:
				fmt.Fprint(c.out, pad, cell, " ")
			default:
				fmt.Fprint(c.out, cell, pad, " ")
			}
		}
	}
}

// modeText is a mode as ls -l has it: drwxr-sr-t.
func modeText(mode uint32) string {
	kinds := map[uint32]byte{unix.S_IFDIR: 'd', unix.S_IFLNK: 'l', unix.S_IFIFO: 'p', unix.S_IFSOCK: 's', unix.S_IFCHR: 'c', unix.S_IFBLK: 'b'}
	text := []byte("-rwxrwxrwx")
	if kind, ok := kinds[mode&unix.S_IFMT]; ok {
		text[0] = kind
	}
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			text[1+i] = '-'
		}
	}
	for i, special := range []struct {
		bit    uint32
		letter byte
	}{{unix.S_ISUID, 's'}, {unix.S_ISGID, 's'}, {unix.S_ISVTX, 't'}} {
		if mode&special.bit != 0 {
			at := 3 + 3*i
			if text[at] == '-' {
				special.letter -= 'a' - 'A'
			}
			text[at] = special.letter
		}
	}
	return string(text)
}

// readable is a number of bytes with its unit: 1.5K, 34M.
func readable(bytes int64) string {
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10)
	}
	size := float64(bytes)
	for _, unit := range "KMGTPE" {
		size /= 1024
		if size < 9.95 {
			return fmt.Sprintf("%.1f%c", size, unit)
		}
		if size < 1023.5 {
			return fmt.Sprintf("%.0f%c", size, unit)
		}
	}
	return strconv.FormatInt(bytes, 10)
}

func stat(c *call) error {
	if len(c.args) == 0 {
		return usageError{"want a file"}
	}
	for _, name := range c.args {
		e, err := look(name, name)
		if c.has('L') && err == nil {
			if err = unix.Stat(name, &e.info); err != nil {
				err = &os.PathError{Op: "stat", Path: name, Err: err}
			}
		}
		if err != nil {
			c.complain(err)
			continue
		}
		shown := printable(name)
		if target, err := os.Readlink(name); err == nil && !c.has('L') {
			shown += " -> " + printable(target)
		}
		s := &e.info
		fmt.Fprintf(c.out, "  File: %s\n  Size: %d\tBlocks: %d\tIO block: %d\t%s\n", shown, s.Size, s.Blocks, s.Blksize, kindText(s.Mode))
		fmt.Fprintf(c.out, "Device: %d,%d\tInode: %d\tLinks: %d\n", unix.Major(uint64(s.Dev)), unix.Minor(uint64(s.Dev)), s.Ino, s.Nlink)
		fmt.Fprintf(c.out, "Access: (%04o/%s)\tUid: (%d/%s)\tGid: (%d/%s)\n", s.Mode&0o7777, modeText(s.Mode), s.Uid, c.user(s.Uid), s.Gid, c.group(s.Gid))
		for _, one := range []struct {
			title string
			at    unix.Timespec
		}{{"Access", s.Atim}, {"Modify", s.Mtim}, {"Change", s.Ctim}} {
			fmt.Fprintf(c.out, "%s: %s\n", one.title, time.Unix(one.at.Unix()).Format("2006-01-02 15:04:05.000000000 -0700"))
		}
	}
	return nil
}

func kindText(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symbolic link"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR:
		return "character device"
	case unix.S_IFBLK:
		return "block device"
	}
	return "regular file"
}

// walk visits a tree, parents before what is in them, and follows no links. visit
// returns fs.SkipDir to leave a directory out.
func (c *call) walk(root string, visit func(path string, e *entry, depth int) error) error {
	var step func(path string, depth int) error
	step = func(path string, depth int) error {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		e, err := look(filepath.Base(path), path)
		if err != nil {
			c.complain(err)
			return nil
		}
		if err := visit(path, &e, depth); err != nil {
			if err == fs.SkipDir {
				return nil
			}
			return err
		}
		if !e.isDir() || depth > deepest {
			return nil
		}
		names, err := readNames(path)
		if err != nil {
			c.complain(err)
		}
		for _, name := range names {
			if err := step(join(path, name), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return step(root, 0)
}

// join keeps the "./" that a user wrote.
func join(path, name string) string {
	if strings.HasSuffix(path, "/") {
		return path + name
	}
	return path + "/" + name
}

// regularFiles are the files in trees, for grep -r.
func (c *call) regularFiles(roots []string) []string {
	var files []string
	for _, root := range roots {
		_ = c.walk(root, func(path string, e *entry, _ int) error {
			if e.info.Mode&unix.S_IFMT == unix.S_IFREG && len(files) < maxEntries {
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}
