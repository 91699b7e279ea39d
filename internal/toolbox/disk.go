package toolbox

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/ascii"
)

// kibibytes is an amount as df and du print it.
func (c *call) kibibytes(bytes int64) string {
	if c.has('h') {
		return readable(bytes)
	}
	return strconv.FormatInt((bytes+1023)/1024, 10)
}

// maxLinks bounds how many files with several names du remembers, so that it counts
// each once.
const maxLinks = 1 << 16

func du(c *call) error {
	if len(c.args) == 0 {
		c.args = []string{"."}
	}
	type inode struct{ device, number uint64 }
	seen := map[inode]bool{}
	for _, root := range c.args {
		// What each directory on the way down has by now.
		type level struct {
			path  string
			bytes int64
		}
		var open []level
		closeTo := func(depth int) {
			for len(open) > depth {
				last := open[len(open)-1]
				open = open[:len(open)-1]
				if len(open) > 0 {
					open[len(open)-1].bytes += last.bytes
				}
				if !c.has('s') || len(open) == 0 {
					fmt.Fprintf(c.out, "%s\t%s\n", c.kibibytes(last.bytes), printable(last.path))
				}
			}
		}
		err := c.walk(root, func(path string, e *entry, depth int) error {
			closeTo(depth)
			bytes := e.info.Blocks * 512
			if id := (inode{uint64(e.info.Dev), e.info.Ino}); e.info.Nlink > 1 && !e.isDir() {
				if seen[id] {
					bytes = 0
				}
				if len(seen) < maxLinks {
					seen[id] = true
				}
			}
			if e.isDir() || depth == 0 {
				open = append(open, level{path, bytes})
			} else {
				open[len(open)-1].bytes += bytes
			}
			return nil
		})
		if err != nil {
			return err
		}
		closeTo(0)
	}
	return nil
}

// mount is a mounted file system.
type mount struct{ source, kind, path string }

func df(c *call) error {
	var mounts []mount
	if len(c.args) == 0 {
		all, err := readMounts()
		if err != nil {
			return err
		}
		mounts = all
	}
	for _, path := range c.args {
		mounts = append(mounts, mount{"-", "-", path})
	}
	var rows [][]string
	for _, m := range mounts {
		var s unix.Statfs_t
		if err := unix.Statfs(m.path, &s); err != nil {
			if len(c.args) > 0 {
				c.complain(&os.PathError{Op: "statfs", Path: m.path, Err: err})
			}
			continue
		}
		if s.Blocks == 0 && len(c.args) == 0 {
			continue // a file system that stores nothing, such as /proc
		}
		block := int64(s.Bsize)
		used := int64(s.Blocks-s.Bfree) * block
		available := int64(s.Bavail) * block
		percent := "-"
		if total := used + available; total > 0 {
			percent = fmt.Sprintf("%d%%", (used*100+total-1)/total)
		}
		rows = append(rows, []string{printable(m.source), m.kind, c.kibibytes(int64(s.Blocks) * block), c.kibibytes(used), c.kibibytes(available), percent, printable(m.path)})
	}
	c.table([]string{"FILESYSTEM", "TYPE", "SIZE", "USED", "AVAILABLE", "USE%", "MOUNTED ON"}, rows)
	return nil
}

// readMounts reads proc_pid_mountinfo(5); of several file systems on one place the last
// is the one that is seen.
func readMounts() ([]mount, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var mounts []mount
	at := map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() && len(mounts) < 4096 {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 2 {
			continue
		}
		m := mount{source: right[1], kind: right[0], path: ascii.Unescape(left[4])}
		if i, twice := at[m.path]; twice {
			mounts[i] = m
			continue
		}
		at[m.path] = len(mounts)
		mounts = append(mounts, m)
	}
	return mounts, lines.Err()
}
