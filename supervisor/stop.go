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
func (c *container) scope() Scope {
	if c.spec.KillMode == KillGroup {
		return ScopeGroup
	}
	return ScopeProcess
}

// stop asks a container to end.
func (m *Machine) stop(c *container, grace time.Duration) {
	sig := c.stopSignal()
	c.asked = true
	m.note(LevelInfo, c, Stopping, fmt.Sprintf("sending %s, %s to end", SignalName(sig), short(grace)))
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: sig, Scope: c.scope()})
	m.arm(TimerGrace, c, grace)
}

// kill ends a container by SIGKILL.
func (m *Machine) kill(c *container, why string) {
	c.asked = true
	m.note(LevelWarn, c, Killing, why+": sending SIGKILL")
	scope := ScopeTree
	if c.spec.KillMode == KillProcess {
		scope = ScopeProcess
	}
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: sigKill, Scope: scope})
	m.arm(TimerStuck, c, stuckAfter)
}

// stuck gives a process up that outlives SIGKILL, so that the end comes. SIGKILL is
// only ever sent where the pod is ending, so that no second one can come to run
// beside it.
func (m *Machine) stuck(c *container) {
	why := fmt.Sprintf("still there %s after SIGKILL: it hangs in the kernel, on a disk or a file server", short(stuckAfter))
	delete(m.byPID, c.pid)
	m.ended(c, Termination{Status: Status{Signal: sigKill}, Reason: "ContainerStatusUnknown", Message: why, Asked: true})
	m.note(LevelError, c, Failed, why+"; left to itself")
	c.pid = 0
}

// killAll ends every grace that still runs.
func (m *Machine) killAll() {
	for _, c := range m.all {
		switch c.state {
		case Stopping:
			m.disarm(TimerGrace, c)
			m.kill(c, "no grace is left")
		case Running:
			m.kill(c, "no grace is left")
		case Waiting, Starting, Retrying, Killing, Emptying, BackingOff, Completed, Failed:
		}
	}
}

// signal handles a signal that nile was sent.
func (m *Machine) signal(num int) {
	stop := isStop(num)
	if to, ok := m.spec.Signals[num]; ok {
		if to == 0 {
			return
		}
		num = to
	}
	if stop || isStop(num) {
		m.asks++
	}
	if m.spec.Forward {
		m.forward(num, stop || isStop(num))
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
	m.note(LevelDebug, c, c.state, "passing on "+SignalName(num))
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: num, Scope: scope})
}

// passOn hands a signal to every main container that runs.
func (m *Machine) passOn(num int) {
	for _, c := range m.mains {
		if c.state == Running || c.state == Stopping {
			m.pass(c, num, c.scope())
		}
	}
}
