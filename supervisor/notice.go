package supervisor

import (
	"fmt"
	"time"
)

// longestExtension is how much longer than its grace a process may make its own stop, in a
// pod that goes on.
const longestExtension = time.Hour

// tellStatusEvery is how often a new status text is told at most; a snapshot has it at once.
const tellStatusEvery = time.Second

// notice is what the present run has said of itself.
type notice struct {
	ready     bool // it has said so once
	reloading bool
	stopping  bool
	status    string
	statusAt  time.Time // when a status was told last

	by       time.Time     // when it must have said that it is ready, or have ended; zero for never
	watchdog time.Duration // how long it may say nothing of being alive; 0 for ever
	alive    time.Time     // when it has said so last, or has begun to be asked to
	armed    [2]time.Time  // for when the timers of the two are armed
}

// beginNotice begins to listen to a run that has just started.
func (m *Machine) beginNotice(c *container) {
	c.notice = notice{watchdog: c.spec.Notify.Watchdog}
	if c.spec.Notify.Timeout > 0 {
		c.notice.by = m.now.Add(c.spec.Notify.Timeout)
	}
}

// hasSaid tells whether the container's process has said that it is ready, or need not.
func (c *container) hasSaid() bool { return c.spec.Notify.Kind == "" || c.notice.ready }

// notified records what a process has said of itself.
func (m *Machine) notified(e Notified) {
	c := m.current(e.Name, e.Gen)
	if c == nil || !c.running() || c.spec.Notify.Kind == "" {
		m.settled = true
		return
	}
	n := &c.notice
	if e.Status != nil {
		m.says(c, *e.Status)
	}
	if e.Errno != "" {
		m.note(LevelWarn, c, c.state, "says that it has met error "+e.Errno)
	}
	if e.Watchdog != nil {
		n.watchdog, n.alive = *e.Watchdog, m.now
	}
	if e.Alive {
		n.alive = m.now
	}
	if e.Extend > 0 {
		m.extend(c, e.Extend)
	}
	switch {
	case e.Stopping:
		m.saysStopping(c)
	case e.Reloading && !n.stopping:
		n.reloading = true
		m.note(LevelInfo, c, c.state, "says that it is reloading")
	case e.Ready && !n.stopping:
		m.saysReady(c)
	case e.Closed && !n.ready:
		m.note(LevelWarn, c, c.state, fmt.Sprintf("has closed descriptor %d without a newline: it will never be ready", c.spec.Notify.FD))
	}
	if e.Trigger && m.heeds(c) {
		m.failNotice(c, culpritWatchdog, "it asked for it (WATCHDOG=trigger)")
	}
}

// says keeps what a process says it is doing.
func (m *Machine) says(c *container, status string) {
	n := &c.notice
	if status == n.status {
		return
	}
	n.status = status
	if n.statusAt.IsZero() || m.now.Sub(n.statusAt) >= tellStatusEvery {
		n.statusAt = m.now
		m.note(LevelDebug, c, c.state, "says: "+status)
	}
}

func (m *Machine) saysReady(c *container) {
	n := &c.notice
	switch {
	case n.reloading:
		n.reloading = false
		m.note(LevelInfo, c, c.state, "says that it has reloaded")
	case !n.ready:
		m.note(LevelInfo, c, c.state, fmt.Sprintf("says that it is ready, %s after the start", short(m.now.Sub(c.started))))
	}
	n.ready = true
}

// saysStopping: it is not ready from now on, and has the grace to end by itself.
func (m *Machine) saysStopping(c *container) {
	n := &c.notice
	if n.stopping {
		return
	}
	why := "says that it is stopping"
	if c.isReady() {
		why = "not ready any more: it " + why
	}
	n.stopping, n.reloading = true, false
	n.by = m.now.Add(max(m.spec.Grace, MinimumGrace))
	m.note(LevelInfo, c, c.state, why)
}

// extend gives a process more time for its start, or for its end: never less, and never
// beyond what the pod has for all (sd_notify(3): EXTEND_TIMEOUT_USEC).
func (m *Machine) extend(c *container, by time.Duration) {
	n := &c.notice
	until := m.now.Add(by)
	if c.state == Stopping && c.stop == stopSignal {
		m.extendStop(c, until)
		return
	}
	if (!n.ready || n.stopping) && !n.by.IsZero() && until.After(n.by) {
		n.by = until
	}
	if left := until.Add(-n.watchdog); left.After(n.alive) {
		n.alive = left
	}
}

// extendStop moves SIGKILL. In a pod that is ending, what it has for that bounds it, and
// where nothing does, nothing is given: the kubelet's grace runs too, and knows nothing of
// this.
func (m *Machine) extendStop(c *container, until time.Time) {
	limit := c.stopSince.Add(longestExtension)
	switch {
	case m.anew != nil:
		return
	case m.ending != nil:
		limit = m.ending.since.Add(m.spec.ShutdownTimeout)
	}
	if until.After(limit) {
		until = limit
	}
	if !until.After(c.killAt) {
		return
	}
	c.killAt = until
	left := until.Sub(m.now)
	m.note(LevelInfo, c, c.state, fmt.Sprintf("says that it needs longer: %s to end from now on", short(left)))
	m.arm(TimerGrace, c, left)
	m.armDump(c, left)
}

// heeds tells whether what a process says, or leaves unsaid, may have it stopped: not while
// it is being stopped, nor in a pod that ends, nor one that is held for its sake though it
// runs.
func (m *Machine) heeds(c *container) bool {
	return c.state == Running && m.ending == nil && m.anew == nil && !c.hold.kept
}

// advanceNotices arms the timers of what processes have to say.
func (m *Machine) advanceNotices() {
	for _, c := range m.all {
		n := &c.notice
		if c.spec.Notify.Kind == "" {
			continue
		}
		heeds := m.heeds(c)
		m.expect(c, TimerNotify, &n.armed[0], heeds && (!n.ready || n.stopping) && !n.by.IsZero(), n.by)
		watched := heeds && n.watchdog > 0 && c.hasStarted() && !n.stopping
		if watched && n.armed[1].IsZero() {
			n.alive = m.now
		}
		m.expect(c, TimerWatchdog, &n.armed[1], watched, n.alive.Add(n.watchdog))
	}
}

// expect arms a timer for a time, or takes it back where nothing is expected.
func (m *Machine) expect(c *container, kind TimerKind, armed *time.Time, wanted bool, at time.Time) {
	switch {
	case wanted && !armed.Equal(at):
		*armed = at
		m.arm(kind, c, max(at.Sub(m.now), 0))
	case !wanted && !armed.IsZero():
		*armed = time.Time{}
		m.disarm(kind, c)
	}
}

// notifyFired ends the patience with a process that has not said that it is ready, or has
// not ended though it said that it would.
func (m *Machine) notifyFired(c *container) {
	n := &c.notice
	n.armed[0] = time.Time{}
	why := fmt.Sprintf("nothing heard of being ready for %s", short(m.now.Sub(c.started)))
	if n.stopping {
		why = "it said that it was stopping and has not ended"
	}
	m.failNotice(c, culpritNotify, why)
}

// watchdogFired ends the patience with a process that does not say that it is alive.
func (m *Machine) watchdogFired(c *container) {
	n := &c.notice
	n.armed[1] = time.Time{}
	m.failNotice(c, culpritWatchdog, fmt.Sprintf("nothing heard for %s", short(n.watchdog)))
}

// failNotice stops a run for what it has, or has not, said.
func (m *Machine) failNotice(c *container, culprit ProbeKind, why string) {
	m.dropHook(c) // first: it takes a cause of its own along
	c.cause, c.culprit, c.saw = causeProbe, culprit, why
	m.stopForProbe(c, culprit, m.spec.Grace, string(culprit)+": "+why)
}

// noticeWord is what a process has said of its state, in one word; empty where none runs that
// is to say anything.
func (c *container) noticeWord() string {
	n := &c.notice
	switch {
	case c.spec.Notify.Kind == "" || !c.running():
		return ""
	case n.stopping:
		return "Stopping"
	case n.reloading:
		return "Reloading"
	case n.ready:
		return "Ready"
	}
	return "Waiting"
}
