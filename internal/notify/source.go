package notify

import (
	"bytes"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// The bounds of what is gathered, and how often somebody is told of it.
const (
	atOnce       = 64 // datagrams that are read in one go
	maxGathered  = 8  // events that wait to be taken; what is more is merged into the last
	maxBarriers  = 16 // senders that wait for what they have said to be taken
	wakesASecond = 50 // without a pause; a process that says more has to wait
	pause        = 20 * time.Millisecond

	// closedAfter is how long a descriptor has been closed before that is told: the end of
	// a process closes it too, and is then the news.
	closedAfter = 100 * time.Millisecond
)

// The variables by which systemd, and nile, tell a process where it is to say that it is
// ready, and how often that it is alive: sd_notify(3), sd_watchdog_enabled(3).
const (
	SocketVariable      = "NOTIFY_SOCKET"
	WatchdogVariable    = "WATCHDOG_USEC"
	WatchdogPIDVariable = "WATCHDOG_PID"
)

// Heard is what has been said since the last time that it was taken.
type Heard struct {
	Events     []supervisor.Notified // in order; without name and generation
	Complaints []string              // what was not heeded and why; each kind once in a run
	barriers   []int
}

// Done lets those go on who wait until what they have said has been taken in.
func (h *Heard) Done() {
	for _, fd := range h.barriers {
		_ = syscall.Close(fd)
	}
}

// Source is where one run of a container says something of itself. Make one with [OpenPipe]
// or [OpenSocket], have the process started, and then Begin; Close it in any case. Its
// methods may be called from any goroutine.
type Source struct {
	// Address is the value of NOTIFY_SOCKET; empty of a descriptor.
	Address string
	path    string // to be taken away in the end
	child   int    // the child's end, of a descriptor; -1 once it has been closed

	mu       sync.Mutex
	file     *os.File // nile's end
	fd       int
	closed   bool // nothing more is read
	main     int  // the process
	tree     bool // what it has started may speak too
	heard    Heard
	told     map[complaint]bool
	datagram []byte // room for one, and a byte that shows that it is longer; of a descriptor, room for a read
	control  []byte // room for who has sent it, and for one descriptor
	windowAt time.Time
	wakes    int // since then
}

// Child is the descriptor that the process is to inherit, of a descriptor.
func (s *Source) Child() uintptr { return uintptr(s.child) }

// Begin listens to a process that has been started. wake is called, from another goroutine,
// when there is something to Take; it must not wait.
func (s *Source) Begin(pid int, access supervisor.NotifyAccess, wake func()) {
	s.closeChild()
	s.mu.Lock()
	s.main, s.tree = pid, access == supervisor.NotifyTree
	s.mu.Unlock()
	raw, err := s.file.SyscallConn()
	if err != nil {
		return
	}
	go s.listen(raw, wake)
}

// listen reads until the source is closed.
func (s *Source) listen(raw syscall.RawConn, wake func()) {
	defer s.file.Close() // not within Read, which Close waits for
	for over := false; !over; s.rest() {
		err := raw.Read(func(uintptr) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			var some bool
			some, over = s.read()
			return some || over
		})
		if err != nil {
			return
		}
		if over {
			s.hang()
		}
		wake()
	}
}

// rest waits where there was too much to hear of late.
func (s *Source) rest() {
	if now := time.Now(); now.Sub(s.windowAt) > time.Second {
		s.windowAt, s.wakes = now, 0
	}
	if s.wakes++; s.wakes > wakesASecond {
		time.Sleep(pause)
	}
}

// read takes in what is there, up to a bound. The lock is held. some tells that there is
// something to take, over that there will be nothing more.
func (s *Source) read() (some, over bool) {
	if s.closed {
		return false, true
	}
	if s.Address == "" {
		return s.readPipe()
	}
	for range atOnce {
		n, sender, fds, ok := receive(s.fd, s.datagram, s.control)
		if !ok {
			break
		}
		some = true
		s.hear(s.datagram[:n], sender, fds)
	}
	return some, false
}

// readPipe looks for the newline. The end of the descriptor without one is told by hang.
func (s *Source) readPipe() (some, over bool) {
	for range atOnce {
		n, err := syscall.Read(s.fd, s.datagram)
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return false, false
		case err != nil || n == 0:
			return false, true
		case bytes.IndexByte(s.datagram[:n], '\n') >= 0:
			s.gather(supervisor.Notified{Ready: true})
			s.closed = true // as with s6, nothing else is of interest
			return true, true
		}
	}
	return true, false // for a pause
}

// hang tells of a descriptor that was closed without a newline, unless the process has
// ended.
func (s *Source) hang() {
	if s.isClosed() {
		return
	}
	time.Sleep(closedAfter)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.gather(supervisor.Notified{Closed: true})
		s.closed = true
	}
}

func (s *Source) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Take returns what has been said since the last time. Its Done must be called.
func (s *Source) Take() Heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := s.heard
	s.heard = Heard{}
	return heard
}

// Close returns what the process has said before its end and has not been taken, and closes
// the source. That its descriptor was closed is no news then.
func (s *Source) Close() Heard {
	s.closeChild()
	s.mu.Lock()
	if s.main != 0 {
		_, _ = s.read()
	}
	s.closed = true
	s.mu.Unlock()
	_ = s.file.Close() // without the lock: it waits for a reader, who may want that
	if s.path != "" {
		_ = syscall.Unlink(s.path)
	}
	return s.Take()
}

func (s *Source) closeChild() {
	if s.child >= 0 {
		_ = syscall.Close(s.child)
		s.child = -1
	}
}

// OpenPipe makes a descriptor that a process says by a newline that it is ready.
func OpenPipe() (*Source, error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, err
	}
	// The process's end blocks, like every descriptor that it does not expect to be
	// otherwise.
	if err := syscall.SetNonblock(ends[0], true); err != nil {
		closeIfOpen(ends[0])
		closeIfOpen(ends[1])
		return nil, err
	}
	s := newSource(ends[0], ends[1], "")
	s.datagram, s.control = make([]byte, 512), nil // little is said here
	return s, nil
}

func newSource(fd, child int, address string) *Source {
	return &Source{
		Address: address, child: child, fd: fd, file: os.NewFile(uintptr(fd), "notify"), datagram: make([]byte, MaxDatagram+1),
		control: make([]byte, syscall.CmsgSpace(syscall.SizeofUcred)+syscall.CmsgSpace(4)),
	}
}
