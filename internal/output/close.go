package output

import (
	"fmt"
	"slices"
	"time"
)

// Close reads what is left in the pipes, waits until all has been written, but no
// longer than patience, and ends the manager. The error tells how much has not
// been written. Processes that still run get SIGPIPE when they print after this.
func (m *Manager) Close(patience time.Duration) error {
	idle := make(chan struct{})
	if !m.post(func() {
		for _, fd := range sortedKeys(m.streams) {
			m.guard(m.streams[fd].drain)
		}
		m.idle = idle
		m.checkIdle()
	}) {
		return nil
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-idle:
	case <-late.C:
	}
	return m.stop()
}

// checkIdle tells Close when nothing is left to be written.
func (m *Manager) checkIdle() {
	if m.idle == nil {
		return
	}
	for _, s := range m.sinks {
		if s.queued() > 0 {
			return
		}
	}
	close(m.idle)
	m.idle = nil
}

// stop ends the poller's goroutine.
func (m *Manager) stop() error {
	var left int
	m.postLast(func() {
		for _, s := range m.sinks {
			left += s.queued()
		}
	})
	<-m.ended
	if left > 0 {
		return fmt.Errorf("cannot pass on the last %d bytes of output: nobody reads them", left)
	}
	return nil
}

// postLast has the poller's goroutine call one more function, and end.
func (m *Manager) postLast(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Under the same lock: nothing may be queued behind it, where nobody looks.
	m.state = stopping
	m.queue = append(m.queue, func() { m.stopped = true; f() })
	m.wake()
}

func sortedKeys(streams map[int32]*stream) []int32 {
	keys := make([]int32, 0, len(streams))
	for fd := range streams {
		keys = append(keys, fd)
	}
	slices.Sort(keys)
	return keys
}
