package regular

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links a path may have (path_resolution(7)).
const maxLinks = 40

// Directory opens a directory with O_PATH, to make or open files in it. A symbolic link in
// its path is followed only if it is root's or the own user's: who may write to a directory
// above could have put any other there, and have nile write elsewhere with rights that he
// lacks. (The kernel's fs.protected_symlinks is for sticky directories alone.)
func Directory(path string) (fd int, err error) {
	at, rest := unix.AT_FDCWD, path
	for links := 0; ; {
		name, after := first(rest)
		next, link, err := step(at, name)
		if err == nil && link != "" {
			if links++; links <= maxLinks {
				rest = link + "/" + after
				continue
			}
			err = unix.ELOOP
		}
		if at >= 0 {
			unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		if after == "" {
			return next, nil
		}
		at, rest = next, after
	}
}

// first is the first element of a path, "/" for an absolute one, and what follows it.
func first(path string) (name, after string) {
	if strings.HasPrefix(path, "/") {
		return "/", strings.TrimLeft(path, "/")
	}
	name, after, _ = strings.Cut(path, "/")
	if name == "" {
		name = "."
	}
	return name, strings.TrimLeft(after, "/")
}

// step opens an element of a path in the directory before it, or tells where it links to.
func step(at int, name string) (fd int, link string, err error) {
	fd, err = unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, "", err
	}
	var info unix.Stat_t
	err = unix.Fstat(fd, &info)
	if err == nil && info.Mode&unix.S_IFMT != unix.S_IFLNK {
		return fd, "", nil
	}
	defer unix.Close(fd)
	if err == nil && info.Uid != 0 && int(info.Uid) != os.Getuid() {
		err = errors.New(name + " in its path is a symbolic link of user " + strconv.Itoa(int(info.Uid)) + ", which is not followed: name the directory itself")
	}
	if err != nil {
		return -1, "", err
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buffer)
	return -1, string(buffer[:max(n, 0)]), err
}
