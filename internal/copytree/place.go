package copytree

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// place is one name in an open directory. All work on files goes through places,
// never through a path of several names that could change meanwhile.
type place struct {
	directory *os.File // nil: name is a path as the caller gave it
	name      string
	path      string // the whole path, for people
}

// entry is the place of a name in an open directory.
func entry(directory *os.File, directoryPath, name string) place {
	return place{directory: directory, name: name, path: filepath.Join(directoryPath, name)}
}

// sibling is the place of another name in the same directory.
func (p place) sibling(name string) place {
	return place{directory: p.directory, name: name, path: filepath.Join(filepath.Dir(p.path), name)}
}

// at is the directory descriptor that system calls named *at want.
func (p place) at() int {
	return descriptor(p.directory)
}

func descriptor(directory *os.File) int {
	if directory == nil {
		return unix.AT_FDCWD
	}
	return int(directory.Fd())
}

// stat tells what the place holds; of a symbolic link itself unless follow.
func (p place) stat(follow bool) (unix.Stat_t, error) {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if follow {
		flags = 0
	}
	var stat unix.Stat_t
	err := retry(func() error { return unix.Fstatat(p.at(), p.name, &stat, flags) })
	return stat, err
}

// open opens the place for reading. O_NONBLOCK: should the file have become a
// FIFO since it was looked at, the open must not wait for a writer.
func (p place) open(flags int, follow bool) (*os.File, error) {
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	return openat(p.directory, p.name, flags|unix.O_NONBLOCK)
}

func openat(directory *os.File, name string, flags int) (*os.File, error) {
	return createat(directory, name, flags, 0)
}

func createat(directory *os.File, name string, flags int, mode uint32) (*os.File, error) {
	var opened int
	err := retry(func() (err error) {
		opened, err = unix.Openat(descriptor(directory), name, flags|unix.O_CLOEXEC, mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(opened), name), nil
}

// statOf is fstat(2) of an open file.
func statOf(file *os.File) (unix.Stat_t, error) {
	var stat unix.Stat_t
	err := retry(func() error { return unix.Fstat(int(file.Fd()), &stat) })
	return stat, err
}

// retry repeats a system call that a signal interrupted. Go's own calls do so
// too: its runtime sends itself SIGURG, and not every file system (NFS, FUSE)
// honours SA_RESTART.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
