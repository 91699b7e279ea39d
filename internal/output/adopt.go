package output

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Adopt reads the output of a run that has been started already, from pipes that were
// made for it: stdout and stderr are the ends to read from, which are the manager's from
// now on, and the same where the run's two streams share one. What is in the pipes by
// then is read too. Adopt does not block. An error says that nothing of the output is
// kept; it is passed on as it is all the same.
func (m *Manager) Adopt(name string, gen int, c Config, stdout, stderr int) error {
	err := c.check()
	if err == nil {
		err = m.ensureStarted()
	}
	if err == nil {
		err = m.adopt(m.newRun(name, gen, &c, stdout == stderr), &c, []int{stdout, stderr})
	}
	if err == nil {
		return nil
	}
	go pass(stdout, m.options.Stdout)
	if stderr != stdout {
		go pass(stderr, m.options.Stderr)
	}
	return fmt.Errorf("cannot keep the output of %s: %w: it is passed on as it is", name, err)
}

func (m *Manager) adopt(r *run, c *Config, ends []int) error {
	for i, s := range r.streams {
		s.fd = ends[i]
		if err := s.poll(); err != nil {
			for _, before := range r.streams[:i] {
				_ = unix.EpollCtl(m.epoll, unix.EPOLL_CTL_DEL, before.fd, nil)
			}
			return err
		}
	}
	m.begin(r, c)
	return nil
}

// pass copies a pipe to a descriptor until nobody writes any more: for when the manager
// can get no descriptor to do it better, and the process has nobody else who reads.
func pass(from, to int) {
	defer closeDescriptor(from)
	out := descriptor{fd: to}
	buffer := make([]byte, 4<<10)
	for {
		n, err := readNow(from, buffer)
		switch {
		case err == unix.EAGAIN:
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(from), Events: unix.POLLIN}}, -1)
		case n <= 0:
			return
		default:
			_, _ = quietly(func() (int, error) { return out.write(buffer[:n]) })
		}
	}
}
