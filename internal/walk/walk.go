// Package walk opens directories by paths on which others may have put symbolic links.
//
// Who may write to a directory on the way to where root's nile keeps something can put a
// link there, and have nile write elsewhere with rights that he lacks. The kernel minds that
// in sticky directories alone, and only where it is told to (fs.protected_symlinks, sysctl/fs);
// openat2(2) with RESOLVE_NO_SYMLINKS refuses root's own links too, such as /var/run, and is
// not there under older kernels and seccomp profiles. So this goes down a path one element
// after the other.
//
// A directory of another user's is entered: what is in it is his at the worst, since the
// kernel lets nobody move a directory that he may not write to. Of what is there the caller
// opens nothing but with O_NOFOLLOW, and looks at its owner or its names before use.
//
// It stands before a first child's start: it imports little and initialises nothing.
package walk

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// maxLinks is how many symbolic links a path may have (path_resolution(7)).
const maxLinks = 40

const flags = linux.O_PATH | syscall.O_NOFOLLOW | syscall.O_CLOEXEC

// Open opens a directory with O_PATH. A symbolic link on its path, or in its last place, is
// followed only if nobody but root and the own user can have put it there: it is of one of
// them, or it is in a directory that only they may write to. The error of any other names it.
func Open(path string) (fd int, err error) { return descend(path, nil) }

// Make is [Open], and makes the directories that are missing, with a mode from which the
// umask is taken.
func Make(path string, mode uint32) (fd int, err error) { return descend(path, &mode) }

// Parent opens, as [Open] does, the directory that the last element of a path is in, and
// returns that element: "." for the root directory.
func Parent(path string) (fd int, name string, err error) {
	dir, name := Split(path)
	fd, err = Open(dir)
	return fd, name, err
}

// Split is a path without its last element, and that element, which has no slash.
func Split(path string) (dir, name string) {
	trimmed := ascii.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/", "."
	}
	slash := ascii.LastIndexByte(trimmed, '/')
	if slash < 0 {
		return ".", trimmed
	}
	return trimmed[:slash+1], trimmed[slash+1:]
}

func descend(path string, mode *uint32) (fd int, err error) {
	at, rest := linux.AT_FDCWD, path
	for links := 0; ; {
		name, after := first(rest)
		next, link, err := step(at, name)
		if err == syscall.ENOENT && mode != nil && path != "" {
			if made := syscall.Mkdirat(at, name, *mode); made == nil || made == syscall.EEXIST {
				next, link, err = step(at, name)
			} else {
				err = made
			}
		}
		if err == nil && link != "" {
			if links++; links <= maxLinks {
				rest = link + "/" + after
				continue
			}
			err = syscall.ELOOP
		}
		if at >= 0 {
			syscall.Close(at)
		}
		switch {
		case err != nil:
			return -1, err
		case after == "":
			return next, nil
		}
		at, rest = next, after
	}
}

// first is the first element of a path, "/" for an absolute one, and what follows it.
func first(path string) (name, after string) {
	end := 0
	for end < len(path) && path[end] != '/' {
		end++
	}
	name, after = path[:end], path[end:]
	for after != "" && after[0] == '/' {
		after = after[1:]
	}
	if name == "" && path != "" {
		name = "/"
	}
	return name, after
}

// step opens an element of a path in the directory before it, or tells where it links to.
func step(at int, name string) (fd int, link string, err error) {
	fd, err = syscall.Openat(at, name, flags|syscall.O_DIRECTORY, 0)
	if err != syscall.ENOTDIR {
		return fd, "", err
	}
	// A link, or no directory.
	fd, err = syscall.Openat(at, name, flags, 0)
	if err != nil {
		return -1, "", err
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	switch err := syscall.Fstat(fd, &info); {
	case err != nil:
		return -1, "", err
	case info.Mode&syscall.S_IFMT != syscall.S_IFLNK:
		return -1, "", syscall.ENOTDIR
	}
	if err := trusted(at, name, &info); err != nil {
		return -1, "", err
	}
	link, err = linux.Readlinkat(fd, "")
	return -1, link, err
}

// trusted looks at who can have put a link into a directory. One with a second name may
// have been linked there by somebody else than its owner, where fs.protected_hardlinks is
// off.
func trusted(at int, name string, link *syscall.Stat_t) error {
	isOwn := link.Uid == 0 || int(link.Uid) == os.Geteuid()
	if isOwn && link.Nlink <= 1 {
		return nil
	}
	var directory syscall.Stat_t
	var err error
	if at == linux.AT_FDCWD {
		err = syscall.Stat(".", &directory)
	} else {
		err = syscall.Fstat(at, &directory)
	}
	if err != nil {
		return err
	}
	// An access control list shows in the bits of the group, acl(5).
	if (directory.Uid == 0 || int(directory.Uid) == os.Geteuid()) && directory.Mode&0o022 == 0 {
		return nil
	}
	whose := "of user " + strconv.Itoa(int(link.Uid))
	if isOwn {
		whose = "with a second name (hard link)"
	}
	return errors.New(name + " in its path is a symbolic link " + whose + ", which is not followed: name the directory itself")
}
