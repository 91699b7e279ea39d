package output

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// readSize is the capacity of a pipe, pipe(7).
	readSize = 64 << 10

	// events is how many descriptors are looked at between two looks at the queue.
	events = 64

	// diskWriters is how many files may be written at once. A disk that hangs
	// takes a thread for each, and the others wait.
	diskWriters = 4
)

var errNotRead = errors.New("cannot pass on all output: nobody reads it: that of containers that have ended is dropped")

// ensureStarted makes what the poller's goroutine needs if it is not there. The goroutine
// itself comes with the first thing to do.
func (m *Manager) ensureStarted() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.state {
	case started:
		return nil
	case stopping:
		return errors.New("nile is about to end")
	case unstarted:
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("cannot create an epoll instance: %w", err)
	}
	wakeup, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		// Edge-triggered: the counter then needs no reading.
		err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wakeup, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(wakeup)})
		if err != nil {
			closeDescriptor(wakeup)
		}
	}
	if err != nil {
		closeDescriptor(epoll)
		return fmt.Errorf("cannot create an event descriptor: %w", err)
	}
	m.epoll, m.wakeup, m.state = epoll, wakeup, started
	m.ended = make(chan struct{})
	m.buffer = make([]byte, readSize)
	m.containers = map[string]*container{}
	m.streams = map[int32]*stream{}
	m.writers = map[int32]*sink{}
	m.files = map[string]*sink{}
	m.slots = make(chan struct{}, diskWriters)
	return nil
}

// post has the poller's goroutine call a function soon. It reports false if there
// is no such goroutine, or no longer.
func (m *Manager) post(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != started {
		return false
	}
	m.queue = append(m.queue, f)
	m.wake()
	return true
}

// wake has the poller's goroutine look at the queue; the lock is held.
func (m *Manager) wake() {
	if m.woken {
		return
	}
	m.woken = true
	if !m.runs {
		m.runs = true
		go m.run()
	}
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(m.wakeup, one[:])
}

// ask has the poller's goroutine call a function and waits for it.
func (m *Manager) ask(f func()) {
	done := make(chan struct{})
	if !m.post(func() { defer close(done); f() }) {
		return
	}
	<-done
}

func (m *Manager) run() {
	defer close(m.ended)
	// The thread ends with the goroutine, since it is not unlocked, and the
	// signals of failed writes end with it.
	runtime.LockOSThread()
	maskSignals(unix.SIG_BLOCK, writeSignals)
	var ready [events]unix.EpollEvent
	for !m.stopped {
		m.poll(ready[:])
	}
	for _, s := range m.streams {
		s.close()
	}
	for _, s := range m.sinks {
		if s.flight == 0 {
			s.out.close()
		}
	}
	closeDescriptor(m.epoll)
	closeDescriptor(m.wakeup)
}

// poll waits for something to do, and does it.
func (m *Manager) poll(ready []unix.EpollEvent) {
	n, err := unix.EpollWait(m.epoll, ready, -1)
	if err != nil && err != unix.EINTR {
		// The instance is gone. Better that those who print get SIGPIPE than
		// that they wait for ever.
		m.report(fmt.Errorf("internal error: cannot wait for output: %w: it is dropped from now on; please report this", err))
		m.postLast(func() {})
	}
	m.now = time.Now()
	m.runQueue()
	for _, event := range ready[:max(n, 0)] {
		// One that has been closed since is not there any more, and a paused
		// one may still tell, once, that its writers are gone.
		if s := m.streams[event.Fd]; s != nil && !s.paused {
			m.guard(s.ready)
		} else if s := m.writers[event.Fd]; s != nil {
			m.guard(s.start)
		}
	}
}

func (m *Manager) runQueue() {
	m.mu.Lock()
	queue := m.queue
	m.queue, m.woken = nil, false
	m.mu.Unlock()
	for _, f := range queue {
		m.guard(f)
	}
}

// guard goes on after a panic: what was read has left its pipe by then, so the
// same bytes cannot cause it again, and all the others' output is still to come.
func (m *Manager) guard(f func()) {
	defer func() {
		if cause := recover(); cause != nil {
			m.report(fmt.Errorf("internal error while passing on output: %v: some of it is lost; please report this", cause))
		}
	}()
	f()
}

// watch sets whether a stream is polled. Nothing but a single report that the
// writers are gone comes from one that isn't: EPOLL_CTL_MOD takes no memory and
// cannot fail, unlike EPOLL_CTL_ADD.
func (m *Manager) watch(s *stream, on bool) {
	event := unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(s.fd)}
	if on {
		event.Events = unix.EPOLLIN
	}
	_ = unix.EpollCtl(m.epoll, unix.EPOLL_CTL_MOD, s.fd, &event)
}

func (m *Manager) report(err error) {
	if m.options.Report != nil {
		m.options.Report(err)
	}
}
