package regular

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/walk"
)

// attempts is how many names Replace tries for the file that it makes.
const attempts = 100

// Replace puts a new file with a text in the place of what is at a path, whole or not at
// all; the umask is not asked. It is as suspicious as Open is for writing: a symbolic link
// or a second name in the last place is replaced, and what it leads to stays as it is; one
// in the path before is followed as by [walk.Open]. A directory in its place is an error.
func Replace(path string, text []byte, mode uint32) error {
	directory, err := walk.Open(filepath.Dir(path))
	if err == nil {
		defer unix.Close(directory)
		err = replace(directory, filepath.Base(path), text, mode)
	}
	if err != nil {
		return &fs.PathError{Op: "cannot replace", Path: path, Err: err}
	}
	return nil
}

func replace(directory int, name string, text []byte, mode uint32) error {
	fd, fresh, err := create(directory)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), fresh)
	_, err = file.Write(text)
	if err == nil {
		err = unix.Fchmod(fd, mode)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = unix.Renameat(directory, fresh, directory, name)
	}
	if err != nil {
		_ = unix.Unlinkat(directory, fresh, 0)
	}
	return err
}

// create makes a file in a directory under a name that nobody can have taken before.
func create(directory int) (fd int, name string, err error) {
	for range attempts {
		var random [8]byte
		if _, err = unix.Getrandom(random[:], 0); err != nil {
			return -1, "", err
		}
		name = ".nile-"
		for _, one := range random {
			name += strconv.FormatUint(uint64(one), 36)
		}
		fd, err = unix.Openat(directory, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
		if err != unix.EEXIST {
			break
		}
	}
	return fd, name, err
}
