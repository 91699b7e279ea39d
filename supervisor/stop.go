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

// stop asks a container to end.
func (m *Machine) stop(c *container, grace time.Duration) {
	sig := c.stopSignal()
	c.asked = true
	m.note(LevelInfo, c, Stopping, fmt.Sprintf("sending %s, %s to end", SignalName(sig), short(grace)))
	scope := ScopeProcess
	if c.spec.KillMode == KillGroup {
		scope = ScopeGroup
	}
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: sig, Scope: scope})
	m.arm(TimerGrace, c, grace)
}

// kill ends a container by SIGKILL.
func (m *Machine) kill(c *container, why string) {
	if c.state == Stopping {
		m.disarm(TimerGrace, c)
	}
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
		return
	}
	delete(m.byPID, c.pid)
	m.ended(c, Termination{Status: Status{Signal: sigKill}, Reason: "Error", Asked: true})
	m.note(LevelError, c, Failed, why+"; left to itself")
	c.pid = 0
}

// killAll ends every grace that still runs.
func (m *Machine) killAll() {
	for _, c := range m.all {
		switch c.state {
		case Running, Stopping:
			m.kill(c, "no grace is left")
		case Emptying:
			if !c.straysKilled {
				m.killStrays(c, "no grace is left")
			}
		case Waiting, Starting, Retrying, Killing, BackingOff, Completed, Failed:
		}
	}
}

// signal handles a signal that nile was sent.
func (m *Machine) signal(num int) {
	if to, ok := m.spec.Signals[num]; ok {
		if to == 0 {
			return
		}
		num = to
	}
	if isStop(num) {
		m.asks++
	}
	if m.spec.Forward {
		m.forward(num)
		return
	}
	if !isStop(num) {
		m.passOn(num)
		return
	}
	switch {
	case m.ending == nil:
		m.end(num, fmt.Sprintf("%s received", SignalName(num)))
	case m.asks >= 2 && !m.ending.hurry:
		m.ending.hurry = true
		m.notePod(LevelWarn, m.state, fmt.Sprintf("%s received again: no more grace", SignalName(num)))
	}
}

// isStop tells whether the signal asks a pod to end.
func isStop(num int) bool { return num == sigTerm || num == sigInt }

// passOn hands a signal to every main container that runs.
func (m *Machine) passOn(num int) {
	for _, c := range m.mains {
		if c.state == Running || c.state == Stopping {
			m.note(LevelDebug, c, c.state, "passing on "+SignalName(num))
			m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: num, Scope: ScopeProcess})
		}
	}
}

// forward handles a signal in forward mode: main gets it, whatever it is.
func (m *Machine) forward(num int) {
	c := m.mains[0]
	switch c.state {
	case Running:
		m.passOn(num)
	case Emptying:
		if m.asks >= 2 && isStop(num) && !c.straysKilled {
			m.killStrays(c, SignalName(num)+" received again, no more grace")
		}
	case Retrying:
		if isStop(num) {
			m.end(num, fmt.Sprintf("%s received", SignalName(num)))
		}
	case Waiting, Starting, Stopping, Killing, BackingOff, Completed, Failed:
	}
}
