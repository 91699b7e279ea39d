package supervisor

import (
	"slices"
	"time"
)

// end begins the end of the pod. operator is the signal that asked for it, or 0.
func (m *Machine) end(operator int, why string) {
	m.ending = &ending{since: m.now, operator: operator, turnOver: m.spec.Grace <= 0}
	m.anew = nil
	m.disarm(TimerAnew, nil)
	m.notePod(LevelInfo, PodStopping, why)
	for _, c := range m.all {
		c.waitsFor = ""
		switch c.state {
		case Retrying:
			m.disarm(TimerRetry, c)
			m.giveUpStart(c)
		case BackingOff:
			m.disarm(TimerBackoff, c)
			c.gen++
			m.finish(c, "not restarted: the pod is ending")
		case Running:
			m.dropHook(c) // postStart: it may take for ever
		case Stopping:
			m.hasten(c, m.spec.Grace, "the pod is ending")
		case Held:
			m.endHeld(c)
		case Stopped:
			m.endStopped(c)
		case Waiting, Starting, Killing, Emptying, Completed, Failed, Removed:
		}
	}
	m.leaveHold()
	if m.spec.ShutdownTimeout > 0 {
		m.arm(TimerShutdown, nil, m.spec.ShutdownTimeout)
	}
	if m.anyAlive() {
		m.arm(TimerWaiting, nil, tellWaiting)
	}
	if !m.ending.turnOver && slices.ContainsFunc(m.all, func(c *container) bool { return c.state.alive() && m.waitsForTurn(c) }) {
		m.arm(TimerTurn, nil, m.spec.Grace)
	}
}

// endHeld ends a container for good that was held when the end came.
func (m *Machine) endHeld(c *container) {
	if c.hold.strays > 0 {
		m.empty(c, c.hold.strays)
		return
	}
	m.finish(c, c.last.describe())
}

// endStopped does the same with one that an operator, or a hold, has stopped.
func (m *Machine) endStopped(c *container) {
	if c.last == nil {
		m.note(LevelInfo, c, Waiting, "not started: the pod is ending")
		return
	}
	m.finish(c, c.last.describe())
}

// waitsForTurn tells whether the stop signal of a container is due only when its turn
// comes.
func (m *Machine) waitsForTurn(c *container) bool {
	return m.ending != nil && (c.role == RoleSidecar || len(c.dependants) > 0)
}

// giveUpStart ends the waiting for room to start a process.
func (m *Machine) giveUpStart(c *container) {
	c.gen++
	c.due = false
	switch {
	case m.anew != nil:
		m.note(LevelDebug, c, Waiting, "not started: all containers start anew")
	case c.last == nil:
		m.note(LevelInfo, c, Waiting, "not started: the pod is ending")
	default:
		m.finish(c, "not restarted: the pod is ending")
	}
}

func (m *Machine) anyAlive() bool {
	for _, c := range m.all {
		if c.state.alive() {
			return true
		}
	}
	return false
}

// stopWhatMust sends stop signals to all whose turn to end has come. All preStop
// hooks begin at once, those of sidecars too.
func (m *Machine) stopWhatMust() {
	if m.ending.hurry {
		m.killAll()
		return
	}
	// One that came up after the end began has what is left.
	left := m.spec.Grace - m.now.Sub(m.ending.since).Truncate(time.Second)
	for _, c := range m.all {
		switch {
		case c.state != Running:
		case !m.waitsForTurn(c):
			m.stop(c, left, "")
		case c.spec.PreStop != nil && left > 0:
			m.beginStop(c, left, "")
		}
	}
	m.stopWhoseTurnItIs()
}

// stopWhoseTurnItIs sends the stop signals that have to wait for others to be gone: those
// of sidecars for the mains and the later sidecars, those of all for what depends on them.
func (m *Machine) stopWhoseTurnItIs() {
	mainAlive, laterAlive := m.mainAlive(), false
	for _, c := range slices.Backward(m.all) {
		waited := c.state == Stopping && c.stop == stopTurn // perhaps for what is forgotten by now
		if !c.state.alive() || !m.waitsForTurn(c) && !waited {
			continue
		}
		sidecar := c.role == RoleSidecar
		turn := !slices.ContainsFunc(c.dependants, (*container).alive) && !(sidecar && (mainAlive || laterAlive))
		laterAlive = laterAlive || sidecar
		switch {
		case !turn && !m.ending.turnOver:
		case c.state == Running:
			c.asked = true
			c.graceLeft, c.stopSince = m.spec.Grace, m.ending.since
			m.sendStop(c)
		case c.state == Stopping && c.stop == stopTurn:
			m.sendStop(c)
		}
	}
}

func (c *container) alive() bool { return c.state.alive() }

// mainAlive tells whether sidecars have to wait: for mains only, not for a plain init
// container.
func (m *Machine) mainAlive() bool {
	for _, c := range m.mains {
		if c.state.alive() {
			return true
		}
	}
	return false
}
