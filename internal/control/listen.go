package control

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
)

// backlog is how many clients may wait to be let in.
const backlog = 64

// ErrTaken says that another nile listens at a place.
var ErrTaken = errors.New("another nile listens there")

var errObstacle = errors.New("something is there that is no socket: take it away, or name another path")

var errClosed = errors.New("the control socket is closed")

// Open opens the socket in the first place that can be used, and returns where. The
// problems are those of places that could not be; the error is that there was none.
func (s *Server) Open() (path string, problems []error, err error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return "", nil, errClosed
	}
	s.opening = make(chan struct{})
	s.mu.Unlock()
	defer close(s.opening)
	for _, try := range s.places() {
		fd, name, failures := try()
		problems = append(problems, failures...)
		if fd >= 0 {
			// A descriptor that does not block is waited for by Go's poller.
			s.listener, s.name = os.NewFile(uintptr(fd), "control"), name
			return name.path, problems, nil
		}
	}
	return "", nil, problemList(problems)
}

// problemList is several problems as one error on one line.
type problemList []error

func (l problemList) Error() string {
	texts := make([]string, len(l))
	for i, err := range l {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (l problemList) Unwrap() []error { return l }

// place opens a socket, or says why it cannot: then fd is -1.
type place func() (fd int, name socketName, problems []error)

func (s *Server) places() []place {
	if path := s.options.Path; path != "" {
		return []place{func() (int, socketName, []error) { return open(path) }}
	}
	directories := s.options.Directories
	if directories == nil {
		directories = client.Directories(os.Getenv, os.Getuid(), s.options.StateDir)
	}
	var list []place
	for _, directory := range directories {
		list = append(list, func() (int, socketName, []error) {
			if err := prepare(directory); err != nil {
				return -1, socketName{}, []error{err}
			}
			return open(filepath.Join(directory.Path, client.Socket))
		})
	}
	return append(list, func() (int, socketName, []error) { return open(client.Abstract()) })
}

// prepare makes a directory, where that is nile's to do, and checks that nobody else
// can put another socket into it.
func prepare(d client.Directory) error {
	if d.Make {
		mode := uint32(0o755)
		if d.Private {
			mode = 0o700
		}
		if err := unix.Mkdir(d.Path, mode); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("cannot make the directory %s: %w", d.Path, err)
		}
	}
	var info unix.Stat_t
	if err := unix.Lstat(d.Path, &info); err != nil {
		return fmt.Errorf("cannot use the directory %s: %w", d.Path, err)
	}
	own := uint32(os.Getuid())
	shared := info.Mode&0o022 != 0 && info.Mode&unix.S_ISVTX == 0
	reason := ""
	switch {
	case info.Mode&unix.S_IFMT != unix.S_IFDIR:
		reason = "it is no directory"
	case d.Private && info.Uid != own || info.Uid != own && info.Uid != 0:
		reason = fmt.Sprintf("it belongs to user %d", info.Uid)
	case d.Private && info.Mode&0o077 != 0:
		reason = "it is open to other users"
	case shared:
		reason = "other users may write to it"
	default:
		return nil
	}
	return fmt.Errorf("cannot use the directory %s: %s", d.Path, reason)
}

// open opens a socket under a name or, where that is taken, under the next one.
func open(path string) (fd int, name socketName, problems []error) {
	for _, path := range []string{path, client.SocketOf(path, os.Getpid())} {
		fd, name, err := listen(path)
		if err == nil {
			return fd, name, problems
		}
		problems = append(problems, fmt.Errorf("cannot listen at %s: %w", path, err))
		if !errors.Is(err, ErrTaken) && !errors.Is(err, errObstacle) {
			break // the next name would do no better
		}
	}
	return -1, socketName{}, problems
}

// listen opens a socket under one name.
func listen(path string) (int, socketName, error) {
	if len(path) >= len(unix.RawSockaddrUnix{}.Path) {
		return -1, socketName{}, fmt.Errorf("the path has %d bytes and a socket's may have %d: choose a shorter one",
			len(path), len(unix.RawSockaddrUnix{}.Path)-1)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, socketName{}, err
	}
	name := socketName{path: path}
	if strings.HasPrefix(path, "@") {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
		if errors.Is(err, unix.EADDRINUSE) {
			err = ErrTaken
		}
		if err == nil {
			err = unix.Listen(fd, backlog)
		}
	} else {
		err = bind(fd, &name)
	}
	if err != nil {
		name.remove()
		unix.Close(fd)
		return -1, socketName{}, err
	}
	return fd, name, nil
}

// bind has a socket listen at its path. One that is left of a nile which has ended is
// taken away before. One nile at a time looks: two may find the same one, and one that
// does not listen yet looks like one that is left.
func bind(fd int, name *socketName) error {
	defer lock(filepath.Dir(name.path))()
	address := &unix.SockaddrUnix{Name: name.path}
	err := unix.Bind(fd, address)
	if errors.Is(err, unix.EADDRINUSE) {
		if err = stale(name.path); err == nil {
			_ = unix.Unlink(name.path)
			err = unix.Bind(fd, address)
		}
	}
	if err != nil {
		return err
	}
	var info unix.Stat_t
	if err := unix.Lstat(name.path, &info); err == nil {
		name.device, name.inode = info.Dev, info.Ino
	}
	// Who may connect is seen from SO_PEERCRED; this keeps the others off its door.
	_ = unix.Chmod(name.path, 0o600)
	return unix.Listen(fd, backlog)
}

// stale returns nil for a socket at which nobody listens any more.
func stale(path string) error {
	var info unix.Stat_t
	if err := unix.Lstat(path, &info); err != nil {
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
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); {
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
func lock(directory string) (unlock func()) {
	fd, err := unix.Open(directory, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
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
	path          string
	device, inode uint64
}

// remove takes the file away, if it is still the same.
func (n socketName) remove() {
	var info unix.Stat_t
	if n.inode != 0 && unix.Lstat(n.path, &info) == nil && info.Dev == n.device && info.Ino == n.inode {
		_ = unix.Unlink(n.path)
	}
}
