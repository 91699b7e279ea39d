// Package regular opens files that others may have put something else in the place of.
package regular

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrNotRegular says that a path leads to a FIFO, a device, a directory or the like.
var ErrNotRegular = errors.New("it is no regular file")

// Open opens a file with the flags of open(2), and refuses what is no regular file: a
// FIFO must not block nile, nor a device be written to. For writing, a symbolic link in
// the last place of the path is refused as well, so that it cannot lead elsewhere what
// nile writes with its rights; for reading links are followed, since the files of a
// ConfigMap are links.
func Open(path string, flags int, mode uint32) (*os.File, error) {
	flags |= unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	if flags&unix.O_ACCMODE != unix.O_RDONLY {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Open(path, flags, mode)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil || info.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	return os.NewFile(uintptr(fd), path), nil
}
