package control

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/walk"
)

// bind has a socket listen at its path, to which no symbolic link leads that somebody else
// can have put there. One that is left of a nile which has ended is taken away before. One
// nile at a time looks: two may find the same one, and one that does not listen yet looks
// like one that is left.
func bind(fd int, name *socketName) error {
	directory, base, err := walk.Parent(name.path)
	if err != nil {
		return err
	}
	defer func() {
		if name.inode == 0 {
			unix.Close(directory)
		}
	}()
	defer lock(directory)()
	// Who may connect is seen from SO_PEERCRED; this keeps the others off its door. The
	// file is made with the mode of the socket (unix_bind in the kernel): another one may
	// be in its place afterwards.
	_ = unix.Fchmod(fd, 0o600)
	address := &unix.SockaddrUnix{Name: name.path}
	err = unix.Bind(fd, address)
	if errors.Is(err, unix.EADDRINUSE) {
		if err = stale(directory, base, address); err == nil {
			_ = unix.Unlinkat(directory, base, 0)
			err = unix.Bind(fd, address)
		}
	}
	if err != nil {
		return err
	}
	var info unix.Stat_t
	if unix.Fstatat(directory, base, &info, unix.AT_SYMLINK_NOFOLLOW) != nil || info.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return errors.New("its directory was exchanged while it was made: choose one that others cannot write to")
	}
	name.directory, name.base, name.device, name.inode = directory, base, info.Dev, info.Ino
	return unix.Listen(fd, backlog)
}

// stale returns nil for a socket at which nobody listens any more.
func stale(directory int, name string, address *unix.SockaddrUnix) error {
	var info unix.Stat_t
	if err := unix.Fstatat(directory, name, &info, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if info.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return errObstacle
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	switch err := unix.Connect(fd, address); {
	case errors.Is(err, unix.ECONNREFUSED):
		return nil
	case err == nil, errors.Is(err, unix.EAGAIN): // EAGAIN: its backlog is full
		return ErrTaken
	default:
		return err
	}
}

// lock lets one nile at a time into a directory, as far as that can be had, and returns
// what lets the next one in.
func lock(directory int) (unlock func()) {
	fd, err := unix.Openat(directory, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return func() {}
	}
	for range 20 { // somebody may hold it for ever
		if !errors.Is(unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return func() { unix.Close(fd) }
}

// socketName is the name of a socket and, for a path, which file it is.
type socketName struct {
	path string

	// The file is base in directory, which stays open: to walk there again is most of what
	// taking the file away costs, and nile's end waits for that. inode is 0 where there is no file.
	directory     int
	base          string
	device, inode uint64
}

// remove takes the file away, if it is still the same. It is to be called once.
func (n socketName) remove() {
	if n.inode == 0 {
		return
	}
	var info unix.Stat_t
	if unix.Fstatat(n.directory, n.base, &info, unix.AT_SYMLINK_NOFOLLOW) == nil && info.Dev == n.device && info.Ino == n.inode {
		_ = unix.Unlinkat(n.directory, n.base, 0)
	}
	unix.Close(n.directory)
}
