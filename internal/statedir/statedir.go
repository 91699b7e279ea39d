// Package statedir chooses the directory in which nile keeps what people want to read
// after a failure: crash reports, and the dumps that runtimes leave.
//
// It stands before a first child's start: it imports little and initialises nothing.
package statedir

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// Choose returns a directory that exists, that belongs to nile's user or root, that
// nobody else can write to, and that nile can write to. Where one is configured, it is
// that one or an error. Else it is the first usable one of /var/lib/nile, if that is
// there, /run/nile, and /tmp/nile-UID.
//
// With create false nothing is made: it tells what would be chosen.
//
// Others may pass through it where a container of another user has its evidence below;
// what is private in it needs a mode of its own.
func Choose(configured string, create bool) (string, error) {
	if configured != "" {
		return configured, prepare(configured, create)
	}
	var reasons []error
	if _, err := os.Lstat("/var/lib/nile"); err == nil {
		if err = prepare("/var/lib/nile", create); err == nil {
			return "/var/lib/nile", nil
		}
		reasons = append(reasons, err)
	}
	for _, directory := range []string{"/run/nile", "/tmp/nile-" + strconv.Itoa(syscall.Geteuid())} {
		err := prepare(directory, create)
		if err == nil {
			return directory, nil
		}
		reasons = append(reasons, err)
	}
	return "", errors.Join(reasons...)
}

// prepare makes a directory where it is not there, and sees whether it is fit: in a
// place where all may write, such as /tmp, somebody may have been there before.
func prepare(directory string, create bool) error {
	cannot := func(reason string) error {
		return errors.New("cannot keep evidence in " + directory + ": " + reason)
	}
	if create {
		if err := syscall.Mkdir(directory, 0o700); err != nil && err != syscall.EEXIST {
			return cannot(err.Error())
		}
	}
	var info syscall.Stat_t
	err := syscall.Lstat(directory, &info)
	if err == syscall.ENOENT && !create {
		directory = directory[:ascii.LastIndexByte(ascii.TrimRight(directory, "/"), '/')+1]
		err = syscall.Access(directory, linux.W_OK|linux.X_OK)
		if err == nil {
			return nil // it could be made
		}
	}
	if err != nil {
		return cannot(err.Error())
	}
	switch own := uint32(syscall.Geteuid()); {
	case info.Mode&syscall.S_IFMT == syscall.S_IFLNK:
		return cannot("it is a symbolic link: name the directory itself")
	case info.Mode&syscall.S_IFMT != syscall.S_IFDIR:
		return cannot("it is no directory")
	case info.Uid != own && info.Uid != 0:
		return cannot("it belongs to user " + strconv.Itoa(int(info.Uid)))
	}
	if err := syscall.Access(directory, linux.W_OK|linux.X_OK); err != nil {
		return cannot(err.Error())
	}
	return nil
}
