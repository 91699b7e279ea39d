package toolbox

import (
	"cmp"
	"fmt"
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

func look(name, path string) (*entry, error) {
	e := &entry{name: name, path: path}
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
	var files, directories []*entry
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

func (c *call) entries(path string) ([]*entry, error) {
	names, err := readNames(path)
	if c.has('a') {
		names = append([]string{".", ".."}, names...)
	}
	var entries []*entry
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

func (c *call) list(entries []*entry) {
	slices.SortStableFunc(entries, func(a, b *entry) int {
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
		rows[i] = c.long(entries[i])
	}
	c.table(nil, rows)
}

// columns prints names only: one a line, or side by side on a terminal.
func (c *call) columns(entries []*entry) {
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
