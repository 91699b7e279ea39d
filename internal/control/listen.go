package control

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/walk"
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
	cannot := func(do string, reason error) error {
		return fmt.Errorf("cannot %s the directory %s: %w", do, d.Path, reason)
	}
	at, name, err := walk.Parent(d.Path)
	if err != nil {
		return cannot("use", err)
	}
	defer unix.Close(at)
	if d.Make {
		mode := uint32(0o755)
		if d.Private {
			mode = 0o700
		}
		if err := unix.Mkdirat(at, name, mode); err != nil && !errors.Is(err, unix.EEXIST) {
			return cannot("make", err)
		}
	}
	var info unix.Stat_t
	if err := unix.Fstatat(at, name, &info, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return cannot("use", err)
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
	return cannot("use", errors.New(reason))
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
