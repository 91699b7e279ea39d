// Package regular opens files that others may have put something else in the place of.
package regular

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/walk"
)

// ErrNotRegular says that a path leads to a FIFO, a device, a directory or the like, and
// ErrLinked that the file has further names (hard links): whose it is nobody can tell.
var (
	ErrNotRegular = errors.New("it is no regular file")
	ErrLinked     = errors.New("it has a second name (hard link), and could be anybody's: remove it")
)

// Open opens a file with the flags of open(2), and refuses what is no regular file: a
// FIFO must not block nile, nor a device be written to. For reading links are followed,
// since the files of a ConfigMap are links.
//
// For writing, or with O_NOFOLLOW, it is suspicious of what others may have put there, so
// that they cannot lead elsewhere what is done with nile's rights: a symbolic link in the
// last place is refused, one in the path before as by [walk.Open], and a file with a
// second name.
func Open(path string, flags int, mode uint32) (*os.File, error) {
	flags |= unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	directory, name := unix.AT_FDCWD, path
	suspicious := flags&(unix.O_ACCMODE|unix.O_NOFOLLOW) != unix.O_RDONLY
	if suspicious {
		flags |= unix.O_NOFOLLOW
		var err error
		if directory, err = walk.Open(filepath.Dir(path)); err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		defer unix.Close(directory)
		name = filepath.Base(path)
	}
	fd, err := unix.Openat(directory, name, flags&^unix.O_TRUNC, mode)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var info unix.Stat_t
	err = unix.Fstat(fd, &info)
	switch {
	case err != nil:
	case info.Mode&unix.S_IFMT != unix.S_IFREG:
		err = ErrNotRegular
	case suspicious && info.Nlink > 1:
		err = ErrLinked
	case flags&unix.O_TRUNC != 0: // not before it is known what it is
		err = unix.Ftruncate(fd, 0)
	}
	if err != nil {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
