package copytree

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// copySource copies one source as the caller named it.
func (c *copier) copySource(source string) {
	if c.ctx.Err() != nil {
		return
	}
	from := place{name: source, path: source}
	stat, err := from.stat(c.options.Dereference)
	if err != nil {
		c.fail(cannot("read", source, err))
		return
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR && c.isInside(inodeOf(&stat)) {
		c.fail(fmt.Errorf("cannot copy %s into itself: the destination %s is in it: choose one outside",
			printable(source), printable(c.rootPath)))
		return
	}
	name := c.only
	if name == "" {
		name = ownName(source)
	}
	if name != "" {
		c.copyEntry(from, entry(c.root, c.rootPath, name))
		return
	}
	c.mergeIntoRoot(from)
}

// mergeIntoRoot copies the contents of a directory into the destination, which
// keeps its own attributes: it is often a mount point with an owner and mode set
// for the program that will use it.
func (c *copier) mergeIntoRoot(from place) {
	directory, stat, err := c.openSourceDirectory(from)
	if err != nil {
		c.fail(err)
		return
	}
	defer directory.Close()
	c.copyEntries(directory, from.path, inodeOf(&stat), c.root, c.rootPath)
	c.result.Directories++
}

// isInside reports whether the destination directory is the given directory or
// stands below it.
func (c *copier) isInside(source inode) bool {
	here, err := openat(c.root, ".", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return false
	}
	var below inode
	for {
		stat, err := statOf(here)
		if err != nil || inodeOf(&stat) == below { // the root is its own parent
			here.Close()
			return false
		}
		below = inodeOf(&stat)
		if below == source {
			here.Close()
			return true
		}
		parent, err := openat(here, "..", unix.O_PATH|unix.O_DIRECTORY)
		here.Close()
		if err != nil {
			return false
		}
		here = parent
	}
}

// copyEntry copies what a place holds, whatever its type.
func (c *copier) copyEntry(from, to place) {
	stat, err := from.stat(c.options.Dereference)
	if err != nil {
		c.fail(cannot("read", from.path, err))
		return
	}
	kind := stat.Mode & unix.S_IFMT
	if kind == unix.S_IFDIR {
		c.copyDirectory(from, to)
		return
	}
	if kind == unix.S_IFSOCK {
		c.skip(from.path, "it is a socket: the program that listens on it makes it anew")
		return
	}
	if err := c.mayReplace(from, to, inodeOf(&stat)); err != nil {
		c.fail(err)
		return
	}
	switch kind {
	case unix.S_IFREG:
		c.fail(c.copyFile(from, to))
	case unix.S_IFLNK:
		c.fail(c.copyLink(from, to, &stat))
	default: // FIFO, character device, block device: Linux has no other type
		c.fail(c.copySpecial(from, to, &stat))
	}
	c.progress()
}

// mayReplace says why something that is no directory can't take the target's
// place, if so.
func (c *copier) mayReplace(from, to place, source inode) error {
	stat, err := to.stat(false)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return cannotCopy(from, to, err)
	case inodeOf(&stat) == source:
		return fmt.Errorf("cannot copy %s to %s: they are the same file", printable(from.path), printable(to.path))
	case stat.Mode&unix.S_IFMT == unix.S_IFDIR:
		return fmt.Errorf("cannot copy %s to %s: the target %w: remove it, or choose another name",
			printable(from.path), printable(to.path), unix.EISDIR)
	}
	return nil
}

// copyDirectory makes the directory, or merges into the one that is there, and
// gives it its mode and times last: a read-only directory could not be filled,
// and filling it changes its times.
func (c *copier) copyDirectory(from, to place) {
	source, stat, err := c.openSourceDirectory(from)
	if err != nil {
		c.fail(err)
		return
	}
	defer source.Close()
	target, existed, err := makeDirectory(to)
	if err != nil {
		c.fail(err)
		return
	}
	defer target.Close()
	targetStat, err := statOf(target)
	if err != nil {
		c.fail(cannot("open the directory", to.path, err))
		return
	}
	if inodeOf(&targetStat) == inodeOf(&stat) {
		c.fail(fmt.Errorf("cannot copy %s to %s: they are the same directory", printable(from.path), printable(to.path)))
		return
	}
	if to.directory == c.root {
		c.made = append(c.made, inodeOf(&targetStat))
	}
	c.copyEntries(source, from.path, inodeOf(&stat), target, to.path)
	c.result.Directories++
	c.finishDirectory(source, target, to.path, existed, &stat)
}

// openSourceDirectory opens a directory to read, unless that would never end.
func (c *copier) openSourceDirectory(from place) (*os.File, unix.Stat_t, error) {
	directory, err := from.open(unix.O_RDONLY|unix.O_DIRECTORY, c.options.Dereference)
	if err != nil {
		return nil, unix.Stat_t{}, cannot("read", from.path, err)
	}
	stat, err := statOf(directory)
	if err != nil {
		err = cannot("read", from.path, err)
	} else if slices.Contains(c.made, inodeOf(&stat)) {
		err = fmt.Errorf("cannot copy %s into itself: it is the destination: choose one outside the source", printable(from.path))
	} else if slices.Contains(c.ancestors, inodeOf(&stat)) {
		err = fmt.Errorf("cannot copy %s: it is a link back to a directory above it: "+
			"remove the link, or copy without --dereference", printable(from.path))
	}
	if err != nil {
		directory.Close()
		return nil, stat, err
	}
	return directory, stat, nil
}

// makeDirectory makes and opens a directory that nobody else may enter until it
// is complete, or opens the one that is there. A symbolic link there is refused
// even if it leads to a directory: that one may be outside the target.
func makeDirectory(to place) (directory *os.File, existed bool, err error) {
	err = retry(func() error { return unix.Mkdirat(to.at(), to.name, 0o700) })
	existed = errors.Is(err, unix.EEXIST)
	if err != nil && !existed {
		return nil, false, cannot("make the directory", to.path, err)
	}
	directory, err = to.open(unix.O_RDONLY|unix.O_DIRECTORY, false)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, false, fmt.Errorf("cannot make the directory %s: what is there is %w: "+
			"remove it, or choose another name", printable(to.path), unix.ENOTDIR)
	}
	if err != nil {
		return nil, false, cannot("open the directory", to.path, err)
	}
	return directory, existed, nil
}

// copyEntries copies what a directory holds, in the order of the names, so that
// two runs do and say the same.
func (c *copier) copyEntries(source *os.File, sourcePath string, identity inode, target *os.File, targetPath string) {
	names, err := source.Readdirnames(-1)
	if err != nil {
		c.fail(cannot("read", sourcePath, err))
	}
	slices.Sort(names)
	c.ancestors = append(c.ancestors, identity)
	for _, name := range names {
		if c.ctx.Err() != nil {
			break
		}
		c.copyEntry(entry(source, sourcePath, name), entry(target, targetPath, name))
	}
	c.ancestors = c.ancestors[:len(c.ancestors)-1]
}

// fail records an error. A file that the end of the context interrupted is no
// error of its own: Copy says once that the copy was not finished.
func (c *copier) fail(err error) {
	if err != nil && !errors.Is(err, errStopped) {
		c.failures = append(c.failures, err)
	}
}

func (c *copier) skip(path, why string) {
	if c.options.Skipped != nil {
		c.options.Skipped(path, why)
	}
}

func (c *copier) progress() {
	if c.options.Progress != nil {
		c.options.Progress(c.result)
	}
}
