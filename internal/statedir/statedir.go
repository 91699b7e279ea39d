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

	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/walk"
)

// Open opens a directory (O_PATH) that exists, that belongs to nile's user or root, that is
// reached through no symbolic link which somebody else can have put there ([walk.Open]), and
// that nile can write to. Where one is configured, it is that one, made if its parent is
// there, or an error. Else it is the first usable one of /var/lib/nile, if that is there,
// /run/nile, and /tmp/nile-UID.
//
// Others may pass through it where a container of another user has its evidence below;
// what is private in it needs a mode of its own.
func Open(configured string) (path string, fd int, err error) { return choose(configured, true) }

// Choose tells which one [Open] would open, and makes nothing.
func Choose(configured string) (path string, err error) {
	path, fd, err := choose(configured, false)
	if fd >= 0 {
		syscall.Close(fd)
	}
	return path, err
}

func choose(configured string, create bool) (path string, fd int, err error) {
	if configured != "" {
		fd, err = open(configured, create)
		return configured, fd, err
	}
	var reasons []error
	for _, directory := range []string{"/var/lib/nile", "/run/nile", "/tmp/nile-" + strconv.Itoa(syscall.Geteuid())} {
		mayMake := create
		if directory == "/var/lib/nile" {
			if _, err := os.Lstat(directory); err != nil {
				continue
			}
			mayMake = false
		}
		fd, err := open(directory, mayMake)
		if err == nil {
			return directory, fd, nil
		}
		reasons = append(reasons, err)
	}
	return "", -1, errors.Join(reasons...)
}

// open opens a directory, which it makes where it is not there, and sees whether it is fit:
// in a place where all may write, such as /tmp, somebody may have been there before. Without
// create the descriptor is -1 where one is to be made yet.
func open(directory string, create bool) (fd int, err error) {
	cannot := func(reason string) (int, error) {
		return -1, errors.New("cannot keep evidence in " + directory + ": " + reason)
	}
	parent, name, err := walk.Parent(directory)
	if err != nil {
		return cannot(err.Error())
	}
	defer syscall.Close(parent)
	if create {
		if err := syscall.Mkdirat(parent, name, 0o700); err != nil && err != syscall.EEXIST {
			return cannot(err.Error())
		}
	}
	fd, err = syscall.Openat(parent, name, linux.O_PATH|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err == syscall.ENOENT && !create && writable(parent) == nil {
		return -1, nil // it could be made
	}
	if err != nil {
		return cannot(err.Error())
	}
	if reason := unfit(fd); reason != "" {
		syscall.Close(fd)
		return cannot(reason)
	}
	return fd, nil
}

func writable(fd int) error { return syscall.Faccessat(fd, ".", linux.W_OK|linux.X_OK, 0) }

// unfit is why a directory cannot be used; empty where it can.
func unfit(fd int) string {
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return err.Error()
	}
	switch own := uint32(syscall.Geteuid()); {
	case info.Mode&syscall.S_IFMT == syscall.S_IFLNK:
		return "it is a symbolic link: name the directory itself"
	case info.Mode&syscall.S_IFMT != syscall.S_IFDIR:
		return "it is no directory"
	case info.Uid != own && info.Uid != 0:
		return "it belongs to user " + strconv.Itoa(int(info.Uid))
	}
	if err := writable(fd); err != nil {
		return err.Error()
	}
	return ""
}
