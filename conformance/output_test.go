//go:build conformance

package conformance

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// outputs reads what containers write. One thread reads all of it, in the order in which the kernel says that there is
// something to read, so that lines of different containers keep their order.
type outputs struct {
	epoll int
	stop  *os.File // closing it ends the reading
	files map[int32]*source
	lines []written
	begun bool
	first chan struct{} // closed when nile has written its first line
	done  chan struct{}
}

type source struct {
	container string
	fd        int
	rest      []byte
}

func newOutputs() (*outputs, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &outputs{epoll: epoll, files: map[int32]*source{}, first: make(chan struct{}), done: make(chan struct{})}, nil
}

// fifo makes a FIFO whose lines are a container's.
func (o *outputs) fifo(path, container string) error {
	if err := unix.Mkfifo(path, 0o666); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	// Any user of a container may write.
	if err := os.Chmod(path, 0o666); err != nil {
		return err
	}
	// For writing too, so that it never comes to an end.
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return o.add(fd, &source{container: container})
}

// pipe makes a pipe and returns its end for writing.
func (o *outputs) pipe(s *source) (*os.File, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(ends[0], true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(ends[1]), "pipe"), o.add(ends[0], s)
}

func (o *outputs) add(fd int, s *source) error {
	s.fd = fd
	o.files[int32(fd)] = s
	// Edge-triggered: the kernel lists what has become readable in the order of the writes.
	return unix.EpollCtl(o.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(fd)})
}

// read reads until finish is called.
func (o *outputs) read() error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	o.stop = os.NewFile(uintptr(ends[1]), "stop")
	if err := unix.EpollCtl(o.epoll, unix.EPOLL_CTL_ADD, ends[0], &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(ends[0])}); err != nil {
		return err
	}
	go func() {
		defer close(o.done)
		defer unix.Close(ends[0])
		events := make([]unix.EpollEvent, 64)
		for {
			n, err := unix.EpollWait(o.epoll, events, -1)
			if err != nil && err != unix.EINTR {
				return
			}
			at := time.Now()
			stop := false
			for i := range max(n, 0) {
				if s := o.files[events[i].Fd]; s != nil {
					o.drain(s, at)
				} else {
					stop = true
				}
			}
			if stop {
				return
			}
		}
	}()
	return nil
}

func (o *outputs) drain(s *source, at time.Time) {
	buffer := make([]byte, 65536)
	for {
		n, err := unix.Read(s.fd, buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		s.rest = append(s.rest, buffer[:n]...)
		for {
			text, rest, found := bytes.Cut(s.rest, []byte("\n"))
			if !found {
				break
			}
			o.lines = append(o.lines, written{at, s.container, string(text)})
			s.rest = rest
			if s.container == ofNile && !o.begun {
				o.begun = true
				close(o.first)
			}
		}
	}
}

// finish reads what is still there and closes everything.
func (o *outputs) finish() {
	if o.stop != nil {
		o.stop.Close()
		<-o.done
	}
	at := time.Now()
	for _, s := range o.files {
		o.drain(s, at)
		if len(s.rest) > 0 {
			o.lines = append(o.lines, written{at, s.container, string(s.rest)})
		}
		unix.Close(s.fd)
	}
	unix.Close(o.epoll)
}
