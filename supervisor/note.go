package supervisor

import (
	"fmt"
	"slices"
	"time"
)

// note records a transition of a container, or something that happened to it
// where to is its present state.
func (m *Machine) note(level Level, c *container, to State, why string) {
	var status *Status
	if c.last != nil && (to.final() || to == BackingOff || to == Held) {
		status = &c.last.Status
	}
	m.noteEnd(level, c, to, why, status)
}

// noteEnd is note with a status of the caller's choice: how a run ended.
func (m *Machine) noteEnd(level Level, c *container, to State, why string, status *Status) {
	n := Note{Level: level, Name: c.spec.Name, From: string(c.state), To: string(to), Why: why, PID: c.pid, Restart: c.restarts}
	if status != nil {
		copied := *status
		n.Status = &copied
	}
	if c.state != to {
		c.waitsFor = ""
	}
	c.state = to
	m.act(n)
	if c.capture != nil {
		m.act(*c.capture)
		c.capture = nil
	}
}

// notePod records a transition of the pod.
func (m *Machine) notePod(level Level, to PodState, why string) {
	from := m.told
	m.state = to
	m.told = m.shown()
	m.act(Note{Level: level, From: string(from), To: string(m.told), Why: why})
}

// shown is the state of the pod as it is told. A pod that is held is initializing or
// running all the same, which it is again once the hold is over.
func (m *Machine) shown() PodState {
	if m.hold != nil && m.ending == nil {
		return PodHeld
	}
	return m.state
}

func (m *Machine) act(a Action) { m.out = append(m.out, a) }

// timersOf are the armed timers of a container; those of the pod where c is nil.
func (m *Machine) timersOf(c *container) *[]TimerKind {
	if c == nil {
		return &m.timers
	}
	return &c.timers
}

func (m *Machine) arm(kind TimerKind, c *container, after time.Duration) {
	m.forget(kind, c)
	*m.timersOf(c) = append(*m.timersOf(c), kind)
	m.act(Arm{Timer: c.timer(kind), After: after})
}

// disarm takes a timer back, where it is armed. It tells whether it was.
func (m *Machine) disarm(kind TimerKind, c *container) bool {
	armed := m.forget(kind, c)
	if armed {
		m.act(Disarm{Timer: c.timer(kind)})
	}
	return armed
}

// forget strikes a timer off the list of those that are armed. It tells whether it
// was one.
func (m *Machine) forget(kind TimerKind, c *container) bool {
	timers := m.timersOf(c)
	i := slices.Index(*timers, kind)
	if i < 0 {
		return false
	}
	*timers = slices.Delete(*timers, i, i+1)
	return true
}

// disarmAll takes all timers of a container back.
func (m *Machine) disarmAll(c *container) {
	for _, kind := range c.timers {
		m.act(Disarm{Timer: c.timer(kind)})
	}
	c.timers = nil
}

// timer is the container's timer of a kind in its present generation; that of
// the pod where c is nil.
func (c *container) timer(kind TimerKind) Timer {
	if c == nil {
		return Timer{Kind: kind}
	}
	return Timer{Kind: kind, Name: c.spec.Name, Gen: c.gen}
}

// short renders a duration for a message.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
