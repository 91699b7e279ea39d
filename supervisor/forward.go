package supervisor

import (
	"fmt"
	"slices"
)

// forward handles a signal in forward mode: main gets it, whatever it is. stop
// tells whether it asks for the end.
func (m *Machine) forward(num int, stop bool) {
	c := m.mains[0]
	switch c.state {
	case Running:
		m.forwardToMain(c, num)
	case Emptying:
		m.forwardToStrays(c, num, stop)
	case Retrying:
		if stop {
			m.end(num, fmt.Sprintf("%s received", SignalName(num)))
			return
		}
		m.hold(num, stop)
	case Waiting, Starting:
		m.hold(num, stop)
	case Stopping, Killing, BackingOff, Completed, Failed:
	}
}

// forwardToMain passes a signal on, now or after its delay.
func (m *Machine) forwardToMain(c *container, num int) {
	delay := m.spec.Wrap.Delays[num]
	if at := slices.Index(m.delayed, num); at >= 0 {
		m.delayed = slices.Delete(m.delayed, at, at+1)
		m.act(Disarm{Timer: c.delayTimer(num)})
	} else if delay > 0 {
		m.delayed = append(m.delayed, num)
		m.note(LevelInfo, c, c.state, fmt.Sprintf("%s received: passed on in %s, or at once when it comes again", SignalName(num), short(delay)))
		m.act(Arm{Timer: c.delayTimer(num), After: delay})
		return
	}
	m.passToMain(c, num)
}

// delayFired passes a signal on that has been held back long enough.
func (m *Machine) delayFired(c *container, num int) {
	if at := slices.Index(m.delayed, num); at >= 0 && c.state == Running {
		m.delayed = slices.Delete(m.delayed, at, at+1)
		m.passToMain(c, num)
	}
}

func (m *Machine) passToMain(c *container, num int) {
	scope := c.scope()
	if m.spec.Wrap.Scope != "" {
		scope = m.spec.Wrap.Scope
	}
	suspend := m.spec.Wrap.Suspend && (num == sigTstp || num == sigTtin || num == sigTtou)
	if suspend {
		num = sigStop
	}
	m.pass(c, num, scope)
	if suspend {
		m.act(Suspend{})
	}
}

// forwardToStrays handles a signal while only what main has left behind lives.
func (m *Machine) forwardToStrays(c *container, num int, stop bool) {
	switch {
	case stop && m.asks >= 2 && !c.straysKilled:
		m.killStrays(c, SignalName(num)+" received again, no more grace")
	case m.spec.Wrap.Leftovers == LeftoversWait && !c.straysKilled:
		m.act(KillStrays{Name: c.spec.Name, Gen: c.gen, Signal: num})
		if stop {
			m.arm(TimerEmpty, c, max(m.spec.Grace, MinimumGrace))
		}
	}
}

// leave tells whether what main has left behind is none of nile's business, and
// sends it the last signal that it may be due.
func (m *Machine) leave(c *container) bool {
	if !m.spec.Forward || m.spec.Wrap.Leftovers != LeftoversLeave {
		return false
	}
	if num := m.spec.Wrap.GroupAtEnd; num != 0 {
		m.act(KillStrays{Name: c.spec.Name, Gen: c.gen, Signal: num, Scope: ScopeGroup})
	}
	return true
}

func (c *container) delayTimer(num int) Timer {
	t := c.timer(TimerDelay)
	t.Signal = num
	return t
}

// heldSignal is a signal that main will get when it runs.
type heldSignal struct {
	num  int
	stop bool // it asks for the end, whatever it has been rewritten to
}

// hold keeps a signal for a main that does not run yet. Like a pending signal of
// the kernel's, it is kept once, however often it comes (signal(7)).
func (m *Machine) hold(num int, stop bool) {
	held := heldSignal{num, stop}
	if !slices.Contains(m.held, held) {
		m.held = append(m.held, held)
	}
}

// forwardHeld hands main the signals that came before it ran.
func (m *Machine) forwardHeld() {
	held := m.held
	m.held = nil
	for _, h := range held {
		m.forward(h.num, h.stop)
	}
}
