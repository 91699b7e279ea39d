package supervisor

import (
	"fmt"
	"time"
)

// stuckAfter is how long a process may outlive SIGKILL before it is talked
// about: it sleeps in the kernel, on a dead disk or file server.
const stuckAfter = 10 * time.Second

func (c *container) stopSignal() int {
	if c.spec.StopSignal != 0 {
		return c.spec.StopSignal
	}
	return sigTerm
}

// scope is whom every signal but SIGKILL reaches.
func (m *Machine) scope(c *container) Scope {
	switch {
	case m.spec.Forward && m.spec.Wrap.Scope != "":
		return m.spec.Wrap.Scope
	case c.spec.KillMode == KillGroup:
		return ScopeGroup
	}
	return ScopeProcess
}

// stopPhase is how far the stopping of a run has come.
type stopPhase int

const (
	stopNone   stopPhase = iota
	stopDump             // it has been asked for evidence
	stopHook             // the preStop hook runs
	stopTurn             // a sidecar waits for its turn
	stopSignal           // the stop signal has been sent
)

// stop ends the present run of a container for a reason of its own: preStop hook,
// stop signal, grace, SIGKILL.
func (m *Machine) stop(c *container, grace time.Duration, why string) {
	m.beginStop(c, grace, why)
	if c.stop == stopTurn {
		m.sendStop(c)
	}
}

// beginStop starts the stopping with the preStop hook, where there is one and there
// is time for it. What it takes counts against the grace, in whole seconds (kubelet:
// killContainer).
func (m *Machine) beginStop(c *container, grace time.Duration, why string) {
	m.dropHook(c) // a postStart hook that still runs
	c.asked = true
	c.graceLeft, c.stopSince, c.stop = grace, m.now, stopTurn
	if why != "" {
		why += ": "
	}
	if c.spec.PreStop == nil || grace <= 0 {
		c.stopWhy = why
		return
	}
	c.stop, c.stopWhy = stopHook, ""
	m.note(c.stopLevel(why), c, Stopping, fmt.Sprintf("%srunning the preStop hook, which has %s", why, short(grace)))
	m.runHook(c, HookPreStop)
	m.arm(TimerPreStop, c, grace)
}

// stopLevel is louder where something other than the end of the pod, or an operator,
// stops a container.
func (c *container) stopLevel(why string) Level {
	if why != "" && c.goal == goalNone {
		return LevelWarn
	}
	return LevelInfo
}

// spendGrace takes the time since the phase began from what is left of the grace.
func (m *Machine) spendGrace(c *container) {
	c.graceLeft -= m.now.Sub(c.stopSince).Truncate(time.Second)
	c.stopSince = m.now
}

// afterPreStop goes on with a stop whose hook is over: by the stop signal, or by
// waiting for the turn where the pod ends.
func (m *Machine) afterPreStop(c *container) {
	m.spendGrace(c)
	c.stop = stopTurn
	if !m.waitsForTurn(c) {
		m.sendStop(c)
	}
}

// hasten bounds what is left to a container that is being stopped for a reason of its
// own, once all have to end. A probe's grace may be much longer than the pod's.
func (m *Machine) hasten(c *container, grace time.Duration, why string) {
	switch c.stop {
	case stopDump:
		m.stopAfterDump(c, min(grace, c.graceLeft), why)
	case stopHook:
		if c.stopSince.Add(c.graceLeft).Sub(m.now) <= grace {
			return
		}
		c.graceLeft, c.stopSince = grace, m.now
		if grace <= 0 {
			m.dropHook(c)
			c.stopWhy = why + ": "
			m.afterPreStop(c)
			return
		}
		m.note(LevelInfo, c, Stopping, fmt.Sprintf("%s: the preStop hook has %s from now on", why, short(grace)))
		m.arm(TimerPreStop, c, grace)
	case stopSignal:
		grace = max(grace, MinimumGrace)
		if c.killAt.Sub(m.now) <= grace {
			return
		}
		c.killAt = m.now.Add(grace)
		m.note(LevelInfo, c, Stopping, fmt.Sprintf("%s: %s to end from now on", why, short(grace)))
		m.arm(TimerGrace, c, grace)
		m.armDump(c, grace)
	case stopNone, stopTurn: // it has not begun
	}
}

// sendStop sends the stop signal.
func (m *Machine) sendStop(c *container) {
	m.spendGrace(c)
	grace := max(c.graceLeft, MinimumGrace)
	c.stop, c.killAt = stopSignal, m.now.Add(grace)
	sig := c.stopSignal()
	m.note(c.stopLevel(c.stopWhy), c, Stopping, fmt.Sprintf("%ssending %s, %s to end", c.stopWhy, SignalName(sig), short(grace)))
	c.stopWhy = ""
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: sig, Scope: m.scope(c)})
	m.arm(TimerGrace, c, grace)
	m.armDump(c, grace)
}

// kill ends a container by SIGKILL.
func (m *Machine) kill(c *container, why string) {
	m.dropHook(c)
	m.disarm(TimerGrace, c)
	m.disarm(TimerDump, c)
	c.asked = true
	m.note(LevelWarn, c, Killing, why+": sending SIGKILL")
	scope := ScopeTree
	if c.spec.KillMode == KillProcess {
		scope = ScopeProcess
	}
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: sigKill, Scope: scope})
	m.arm(TimerStuck, c, stuckAfter)
}

// stuck tells of a process that outlives SIGKILL. Where the pod is ending it is
// given up, so that the end comes; else nothing can be done but wait, since a
// second one must never run beside it.
func (m *Machine) stuck(c *container) {
	why := fmt.Sprintf("still there %s after SIGKILL: it hangs in the kernel, on a disk or a file server", short(stuckAfter))
	if m.ending == nil {
		m.note(LevelError, c, Killing, why)
		m.arm(TimerStuck, c, stuckAfter)
		return
	}
	delete(m.byPID, c.pid)
	m.cleanUp(c)
	m.ended(c, Termination{Status: Status{Signal: sigKill}, Reason: "ContainerStatusUnknown", Why: why, Asked: true})
	m.note(LevelError, c, Failed, why+"; left to itself")
	c.pid = 0
}

// killAll ends every grace that still runs.
func (m *Machine) killAll() {
	for _, c := range m.all {
		switch c.state {
		case Running, Stopping:
			m.kill(c, "no grace is left")
		case Waiting, Starting, Retrying, Killing, Emptying, BackingOff, Held, Stopped, Completed, Failed, Removed:
		}
	}
}

// signal handles a signal that nile was sent.
func (m *Machine) signal(received int) {
	num := m.rewritten(received)
	stop := num != 0 && (isStop(received) || isStop(num))
	if stop {
		m.asks++
	}
	if m.spec.Forward {
		m.forward(arrival{received, num, stop})
		return
	}
	if num == 0 {
		return
	}
	if !isStop(num) {
		m.passOn(num)
		return
	}
	switch {
	case m.ending == nil:
		m.end(num, fmt.Sprintf("%s received", SignalName(num)))
	case m.asks == 1:
		m.notePod(LevelInfo, m.state, fmt.Sprintf("%s received: the pod is ending already; another one ends every grace", SignalName(num)))
	case !m.ending.hurry:
		m.ending.hurry = true
		m.notePod(LevelWarn, m.state, fmt.Sprintf("%s received again: no more grace", SignalName(num)))
	}
}

// isStop tells whether the signal asks a pod to end.
func isStop(num int) bool { return num == sigTerm || num == sigInt }

// pass hands a signal to one container.
func (m *Machine) pass(c *container, num int, scope Scope) {
	c.noteSent(num)
	m.note(LevelDebug, c, c.state, "passing on "+SignalName(num))
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: num, Scope: scope})
}

// passOn hands a signal to every main container that runs.
func (m *Machine) passOn(num int) {
	for _, c := range m.lasting() {
		if c.state == Running || c.state == Stopping {
			m.pass(c, num, m.scope(c))
		}
	}
}
