// Package copytree copies files and whole trees the way `cp -a` does, with
// nothing but system calls: it needs no shell, no /proc, no /tmp and no
// /etc/passwd, so it works in an image that holds one static binary.
//
// What a copy keeps: contents with their holes, mode, modification and access
// times to the nanosecond, owner and group where the caller may set them,
// extended attributes where both sides have them, symbolic links as links, hard
// links among the copied files, FIFOs, and devices for root.
//
// Three promises go beyond cp:
//
//  1. A reader never sees half a file. Everything but a directory is made under
//     a temporary name in its target directory (".nile-" and 16 hex digits) and
//     renamed when it is whole.
//  2. When the context ends, no temporary name stays behind. (SIGKILL and a
//     power cut can leave one; it is safe to remove.)
//  3. Nothing is written through a symbolic link found inside the target: a link
//     in the place of a file is replaced, one in the place of a directory is an
//     error. Every step goes from an open directory to one name in it (openat(2)
//     with O_NOFOLLOW), so renaming things meanwhile can't lead the copy astray.
//     Only the links in the destination's own path are followed.
package copytree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Options change what Copy does. The zero value copies like `cp -a`, silently.
type Options struct {
	// Dereference copies what symbolic links in the sources point to, instead
	// of the links.
	Dereference bool

	// MakeDirectories makes the directories that the destination's path lacks,
	// with mode 0755 less the umask.
	MakeDirectories bool

	// Progress, if set, is called after each file and each few megabytes of a
	// large one, from the goroutine that copies.
	Progress func(Result)

	// Skipped, if set, is told of each source that is not copied although
	// nothing went wrong: a socket.
	Skipped func(path, why string)

	// Detail, if set, is told what could not be kept because the caller may
	// not: ownership, extended attributes. One call for each kind, not for each
	// file.
	Detail func(text string)
}

// Result counts what has been copied.
type Result struct {
	Files       int   // regular files, hard links included
	Directories int   // directories made or merged into
	Links       int   // symbolic links
	Specials    int   // FIFOs and devices
	Bytes       int64 // contents written; the holes of sparse files don't count
}

// Copy copies the sources to the destination.
//
// Where the destination is a directory, each source goes into it under its own
// last name; one that ends in "." or ".." or is "/" has no name of its own, and
// its contents go in. Otherwise the one source becomes the destination. A
// destination that ends in "/" has to be a directory, as it has to for several
// sources. A source that ends in "/" is a directory, be it through a link. The
// destination directory itself keeps its mode, owner and times; directories in
// it get those of their source.
//
// Copy goes on after an error with the next file. The error it returns joins
// all of them (errors.Join), each naming the file and, where there is one, the
// remedy; errors.Is finds the errno in it, and the context's cause when the
// context ended first.
func Copy(ctx context.Context, sources []string, destination string, options Options) (Result, error) {
	c := &copier{ctx: ctx, options: options, copied: map[inode]firstCopy{}, told: map[string]bool{}}
	if err := c.openDestination(sources, destination); err != nil {
		return c.result, err
	}
	defer c.root.Close()
	for _, source := range sources {
		c.copySource(source)
	}
	if ctx.Err() != nil {
		c.failures = append(c.failures, fmt.Errorf("cannot finish the copy to %s: %w; "+
			"files copied so far are whole, run it again for the rest", printable(destination), context.Cause(ctx)))
	}
	return c.result, errors.Join(c.failures...)
}

// copier is one run of Copy. It belongs to one goroutine.
type copier struct {
	ctx      context.Context
	options  Options
	result   Result
	failures []error

	root     *os.File // the directory that the top-level targets are entries of
	rootPath string
	only     string // the name of the one target in root; empty: each source's own name

	made      []inode             // the top-level target directories of this run
	ancestors []inode             // the source directories that are open, outermost first
	copied    map[inode]firstCopy // sources with several names: where the first one went
	told      map[string]bool     // the kinds of detail told already
	bound     *bool               // whether it lacks CAP_FOWNER; nil where that was not looked at
}

// inode is the identity of a file: hard links share it.
type inode struct{ device, number uint64 }

func inodeOf(stat *unix.Stat_t) inode {
	return inode{device: stat.Dev, number: stat.Ino}
}

// openDestination finds out what the destination names, and opens the directory
// that will get the copies.
func (c *copier) openDestination(sources []string, destination string) error {
	if destination == "" {
		return errors.New("cannot copy to an empty name: name the file or directory to copy to")
	}
	needsDirectory := len(sources) > 1 || strings.HasSuffix(destination, "/")
	if err := refuseSameNames(sources); err != nil {
		return err
	}
	if c.options.MakeDirectories {
		wanted := filepath.Dir(destination)
		if needsDirectory {
			wanted = destination
		}
		if err := os.MkdirAll(wanted, 0o755); err != nil {
			return cannot("make the directory", wanted, err)
		}
	}
	// O_PATH: a directory that may be written to but not listed is good enough.
	root, err := openat(nil, destination, unix.O_PATH|unix.O_DIRECTORY)
	if err == nil {
		c.root, c.rootPath = root, destination
		return nil
	}
	missing := errors.Is(err, unix.ENOENT)
	if needsDirectory && (missing || errors.Is(err, unix.ENOTDIR)) {
		return notADirectory(destination, missing, len(sources))
	}
	if !missing && !errors.Is(err, unix.ENOTDIR) {
		return cannot("copy to", destination, err)
	}
	c.rootPath, c.only = filepath.Dir(destination), filepath.Base(destination)
	c.root, err = openat(nil, c.rootPath, unix.O_PATH|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("cannot copy to %s: there is no directory %s: make it first, or use --mkdir",
			printable(destination), printable(c.rootPath))
	}
	if err != nil {
		return cannot("copy to", destination, err)
	}
	return nil
}

func notADirectory(destination string, missing bool, sources int) error {
	why := "the name ends in /"
	if sources > 1 {
		why = fmt.Sprintf("%d sources need one", sources)
	}
	if missing {
		return fmt.Errorf("cannot copy to %s: %w, and %s: make the directory first, or use --mkdir",
			printable(destination), unix.ENOENT, why)
	}
	return fmt.Errorf("cannot copy to %s: %w, and %s: choose a directory",
		printable(destination), unix.ENOTDIR, why)
}

// refuseSameNames keeps the second of two sources of one name from replacing the
// first, of which nobody would learn.
func refuseSameNames(sources []string) error {
	seen := map[string]string{}
	for _, source := range sources {
		name := ownName(source)
		if first, twice := seen[name]; twice && name != "" {
			return fmt.Errorf("cannot copy both %s and %s: both would become %s: copy them one after the other",
				printable(first), printable(source), printable(name))
		}
		seen[name] = source
	}
	return nil
}

// ownName is the name that a source has in the destination directory, or "" for
// one whose contents go there.
func ownName(source string) string {
	trimmed := strings.TrimRight(source, "/")
	name := trimmed[strings.LastIndexByte(trimmed, '/')+1:]
	if name == "." || name == ".." {
		return ""
	}
	return name
}
