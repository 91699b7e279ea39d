package watch

import (
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"
)

// list goes on to all that a directory has, or to what fits a pattern.
func (l *look) list(at place, pattern string, rest []part) {
	heeded := l.heed(at, "")
	if pattern == "" {
		node, _ := nodeOf(at.dir + "/")
		if l.listed[node] {
			return
		}
		l.listed[node] = true
	}
	if l.directories++; l.directories > l.w.maxDirectories {
		l.fill(at, "directories", l.w.maxDirectories)
		return
	}
	names, all, err := read(at.dir+"/", pattern)
	if err != nil {
		l.absent(at, rest, err, heeded)
		return
	}
	l.unheeded(at.dir, heeded)
	at.listing, at.pattern = pattern == "", true
	for _, name := range names {
		if l.full {
			return
		}
		l.step(at, part{name, true}, rest, true)
	}
	if !all {
		l.fill(at, "names in a directory", maxNames)
	}
}

// leftOut tells whether a name in a directory is not meant.
func leftOut(name, pattern string) bool {
	if pattern == "" {
		return name[0] == '.' || name[len(name)-1] == '~' || name[0] == '#' && name[len(name)-1] == '#'
	}
	if name[0] == '.' && pattern[0] != '.' {
		return true
	}
	fits, err := path.Match(pattern, name)
	return err != nil || !fits
}

// maxNames is how many names of one directory are read, to find those that are meant.
const maxNames = 250_000

// read reads the names in a directory that are meant, sorted, and tells whether that were all
// that it has.
func read(dir, pattern string) (names []string, all bool, err error) {
	d, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, false, err
	}
	defer d.Close()
	seen := 0
	for seen < maxNames && len(names) <= 2*MaxFiles {
		more, err := d.Readdirnames(1024)
		if len(more) == 0 || err != nil {
			all = true
			break
		}
		seen += len(more)
		for _, name := range more {
			if !leftOut(name, pattern) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, all, nil
}
