package supervisor

import (
	"cmp"
	"fmt"
	"time"
)

// advance looks at the whole state once and starts or stops what may be started
// or stopped now.
func (m *Machine) advance() {
	if m.state == PodNew {
		return
	}
	if m.ending == nil && m.anew != nil {
		m.advanceAnew()
	}
	if m.ending == nil && m.anew == nil {
		m.startWhatMay()
		m.endIfOver()
	}
	if m.ending != nil {
		m.stopWhatMust()
		m.exitIfEmpty()
	}
	m.advanceProbes()
}

// startWhatMay starts, in order, every container whose turn has come.
func (m *Machine) startWhatMay() {
	for _, c := range m.inits {
		if c.passed {
			continue
		}
		if c.state == Waiting {
			m.spawn(c, "its turn has come")
		}
		if c.role == RoleSidecar {
			c.passed = c.state == Running && c.hasStarted()
		} else {
			c.passed = c.state == Completed
		}
		if !c.passed {
			return
		}
	}
	if m.state == PodInitializing {
		m.notePod(LevelInfo, PodRunning, "all init containers have done their part")
	}
	for _, c := range m.mains {
		if c.state == Waiting {
			m.spawn(c, "its turn has come")
		}
		if c.spec.PostStart != nil && (c.state == Starting || c.state == Running && !c.postStartDone) {
			return // its hook holds up those after it
		}
	}
}

// endIfOver begins the end of a pod that has nothing more to do.
func (m *Machine) endIfOver() {
	for _, c := range m.inits {
		if c.role == RoleInit && c.state == Failed {
			m.end(0, fmt.Sprintf("init container %s has failed and may not be restarted", c.spec.Name))
			m.ending.failed = c
			return
		}
	}
	final := 0
	for _, c := range m.mains {
		if !c.state.final() {
			continue
		}
		final++
		if m.spec.ExitWhen == ExitWhenAny {
			m.end(0, fmt.Sprintf("container %s has ended, and the pod ends with the first", c.spec.Name))
			m.ending.first = c
			return
		}
	}
	if final == len(m.mains) {
		m.end(0, "all containers have ended")
	}
}

// end begins the end of the pod. operator is the signal that asked for it, or 0.
func (m *Machine) end(operator int, why string) {
	m.ending = &ending{since: m.now, operator: operator}
	m.anew = nil
	m.notePod(LevelInfo, PodStopping, why)
	for _, c := range m.all {
		switch c.state {
		case Retrying:
			m.disarm(TimerRetry, c)
			m.giveUpStart(c)
		case BackingOff:
			m.disarm(TimerBackoff, c)
			c.gen++
			m.finish(c, "not restarted: the pod is ending")
		case Waiting, Starting, Running, Stopping, Killing, Emptying, Completed, Failed:
		}
	}
	if m.spec.ShutdownTimeout > 0 {
		m.arm(TimerShutdown, nil, m.spec.ShutdownTimeout)
	}
	if m.anyAlive() {
		m.arm(TimerWaiting, nil, tellWaiting)
	}
	if m.sidecarAlive() {
		m.arm(TimerTurn, nil, m.spec.Grace)
	}
}

// giveUpStart ends the waiting for room to start a process.
func (m *Machine) giveUpStart(c *container) {
	if c.last == nil {
		c.gen++
		m.note(LevelInfo, c, Waiting, "not started: the pod is ending")
		return
	}
	c.gen++
	m.finish(c, "not restarted: the pod is ending")
}

func (m *Machine) anyAlive() bool {
	for _, c := range m.all {
		if c.state.alive() {
			return true
		}
	}
	return false
}

func (m *Machine) sidecarAlive() bool {
	for _, c := range m.inits {
		if c.role == RoleSidecar && c.state.alive() {
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
	mainsAlive := false
	for _, c := range m.all {
		switch {
		case c.role == RoleSidecar:
			if c.state == Running && c.spec.PreStop != nil {
				m.beginStop(c, m.spec.Grace, "")
			}
			continue
		case c.state == Running:
			// One that came up after the end began has what is left.
			m.stop(c, m.spec.Grace-m.now.Sub(m.ending.since).Truncate(time.Second), "")
		}
		// A plain init container is not waited for: the order counts mains
		// and sidecars only.
		mainsAlive = mainsAlive || (c.role == RoleMain && c.state.alive())
	}
	if mainsAlive && !m.ending.turnOver {
		return
	}
	for i := len(m.inits) - 1; i >= 0; i-- {
		c := m.inits[i]
		if c.role != RoleSidecar || !c.state.alive() {
			continue
		}
		switch {
		case c.state == Running:
			c.asked = true
			c.graceLeft, c.stopSince = m.spec.Grace, m.ending.since
			m.sendStop(c)
		case c.state == Stopping && c.stop == stopTurn:
			m.disarm(TimerTurn, c)
			m.sendStop(c)
		}
		if !m.ending.turnOver {
			return
		}
	}
}

// exitIfEmpty ends the life of the machine when nothing is left alive.
func (m *Machine) exitIfEmpty() {
	if m.anyAlive() {
		return
	}
	code, message := m.outcome()
	code = m.remap(code)
	to := PodSucceeded
	if code != 0 {
		to = PodFailed
	}
	m.notePod(LevelInfo, to, message)
	m.act(Exit{Code: code, Message: message})
	m.done = true
}

// remap replaces the exit code where the spec asks for it.
func (m *Machine) remap(code int) int {
	for _, r := range m.spec.Remap {
		if r.From == code && (!r.Stopped || m.asks > 0) {
			return r.To
		}
	}
	return code
}

// outcome is the pod's exit code and the sentence that explains it.
func (m *Machine) outcome() (code int, message string) {
	e := m.ending
	if c := e.failed; c != nil {
		// One that the OOM killer spoiled may have ended with 0 all the same.
		code = cmp.Or(c.last.exitCode(), 128+sigKill)
		return code, fmt.Sprintf("init container %s %s", c.spec.Name, c.last.describe())
	}
	notRun := false
	for _, c := range m.mains {
		if c.last == nil {
			notRun = true
			continue
		}
		if e.operator == 0 && c.last.Asked {
			continue
		}
		if code := c.last.exitCode(); code != 0 {
			return code, fmt.Sprintf("%s %s", c.spec.Name, c.last.describe())
		}
	}
	if notRun && e.operator != 0 {
		return 128 + e.operator, fmt.Sprintf("stopped by %s before every container had run", SignalName(e.operator))
	}
	decisive := e.first
	if len(m.mains) == 1 {
		decisive = m.mains[0]
	}
	if decisive != nil {
		return 0, fmt.Sprintf("%s %s", decisive.spec.Name, decisive.last.describe())
	}
	return 0, "all containers have ended with code 0"
}
