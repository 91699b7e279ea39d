package output

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// newRun makes a run without its pipes.
func (m *Manager) newRun(name string, gen int, c *Config, merged bool) *run {
	r := &run{name: name, gen: gen, merged: merged, log: ring{limit: messageBytes}}
	for which := Stdout; which <= Stderr; which++ {
		if which == Stderr && r.merged {
			break
		}
		r.streams = append(r.streams, &stream{
			m: m, run: r, which: which, fd: -1,
			format: m.newFormat(name, which, c),
			tail:   newTail(c.TailLimit()),
		})
	}
	return r
}

// Merges reports whether the two streams of a container share a pipe, so that nobody
// can tell them apart later.
func (m *Manager) Merges(c Config) bool { return m.merges(&c) }

// merges reports whether both streams share a pipe. That keeps the order between
// them, which two pipes lose, and is right where nobody tells them apart later.
func (m *Manager) merges(c *Config) bool {
	return c.Mode != JSON && (c.File != "" || isSameFile(m.options.Stdout, m.options.Stderr))
}

func (m *Manager) newFormat(name string, which Stream, c *Config) format {
	switch c.Mode {
	case Prefix:
		fd := m.options.Stdout
		if which == Stderr {
			fd = m.options.Stderr
		}
		coloured := c.File == "" && m.options.Colour && isTerminal(fd)
		return newPrefixed(name, m.options.Names, coloured)
	case JSON:
		return newJSONLines(name, which)
	default:
		return plain{}
	}
}

// open makes the stream's pipe, has it polled, and returns the end that is the
// process's.
func (s *stream) open() (writeEnd int, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return -1, fmt.Errorf("cannot make a pipe: %w", err)
	}
	s.fd = ends[0]
	// A program may open its output again, as /dev/stdout or /dev/stderr, after
	// it or its parent has changed user: a pipe is its maker's alone otherwise.
	_ = unix.Fchmod(ends[1], 0o622)
	if err := s.poll(); err != nil {
		closeDescriptor(ends[0])
		closeDescriptor(ends[1])
		s.fd = -1
		return -1, err
	}
	return ends[1], nil
}

// poll has nile's end of the pipe polled.
func (s *stream) poll() error {
	// Only this end: the two are separate file descriptions, and a process
	// expects its output to be blocking.
	err := unix.SetNonblock(s.fd, true)
	if err == nil {
		// Watched from the start but silent: enter turns it on.
		err = unix.EpollCtl(s.m.epoll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(s.fd)})
	}
	if err != nil {
		return fmt.Errorf("cannot poll a pipe: %w", err)
	}
	return nil
}

// close closes nile's end. The pipe leaves the poll set first: while another
// process of nile is between fork and exec, it has the pipe open as well.
func (s *stream) close() {
	if s.fd < 0 {
		return
	}
	_ = unix.EpollCtl(s.m.epoll, unix.EPOLL_CTL_DEL, s.fd, nil)
	closeDescriptor(s.fd)
	s.fd = -1
}

func closeDescriptor(fd int) { _ = unix.Close(fd) }

// container returns what is known of a container, nothing at first.
func (m *Manager) container(name string) *container {
	c := m.containers[name]
	if c == nil {
		c = &container{}
		m.containers[name] = c
	}
	return c
}

// enter makes a run the current one of its container and begins to read.
func (m *Manager) enter(r *run, c *Config) {
	of := m.container(r.name)
	// One that failed to start has left nothing to look at.
	if last := of.current; last != nil && last.hasBeen() {
		of.previous = last
	}
	of.current, r.container = r, of
	for _, s := range r.streams {
		s.sink = m.sinkFor(c, s.which)
		m.streams[int32(s.fd)] = s
		m.watch(s, true)
	}
}

// find returns a run that is the current or previous one of its container.
func (m *Manager) find(id runID) *run {
	if c := m.containers[id.container]; c != nil {
		for _, r := range []*run{c.current, c.previous} {
			if r != nil && r.gen == id.gen {
				return r
			}
		}
	}
	return nil
}

// sinkFor returns the sink for a stream. Streams that lead to the same place have
// one in common, so that their lines never mix.
func (m *Manager) sinkFor(c *Config, which Stream) *sink {
	if c.File != "" {
		s := m.files[c.File]
		if s == nil {
			s = m.newSink(newFile(c))
			s.slots = m.slots
			m.files[c.File] = s
		}
		return s
	}
	if m.own[Stdout] == nil {
		m.own[Stdout] = m.newSink(&descriptor{fd: m.options.Stdout, title: "standard output"})
		m.own[Stderr] = m.own[Stdout]
		if !isSameFile(m.options.Stdout, m.options.Stderr) {
			m.own[Stderr] = m.newSink(&descriptor{fd: m.options.Stderr, title: "standard error"})
		}
		m.own[Stderr].out.(*descriptor).shared = isPipe(m.options.Stderr)
		for _, s := range m.own {
			m.writeDirectly(s)
		}
	}
	return m.own[which]
}

// writeDirectly has the poller write to a descriptor by itself, if it is a pipe.
func (m *Manager) writeDirectly(s *sink) {
	d := s.out.(*descriptor)
	if s.direct != nil || !isPipe(d.fd) {
		return
	}
	// Edge-triggered: it tells when a pipe that was full has room.
	event := unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLET, Fd: int32(d.fd)}
	if unix.EpollCtl(m.epoll, unix.EPOLL_CTL_ADD, d.fd, &event) == nil {
		s.direct = d
		m.writers[int32(d.fd)] = s
	}
}

func (m *Manager) newSink(to destination) *sink {
	s := &sink{m: m, out: to}
	m.sinks = append(m.sinks, s)
	return s
}
