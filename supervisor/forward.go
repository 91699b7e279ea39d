package supervisor

import (
	"fmt"
	"slices"
)

// arrival is a signal that nile has received in forward mode.
type arrival struct {
	received int
	num      int  // what it has been rewritten to; 0: nobody gets it
	stop     bool // it asks for the end, whatever it has been rewritten to
}

// forward handles a signal in forward mode: main gets it, whatever it is.
func (m *Machine) forward(s arrival) {
	c := m.mains[0]
	switch c.state {
	case Running:
		m.forwardToMain(c, s)
	case Emptying:
		if s.stop && c.goal != goalNone && m.ending == nil {
			m.end(s.num, fmt.Sprintf("%s received", SignalName(s.num))) // not what it was to become
		}
		m.forwardToStrays(c, s)
	case Retrying:
		if s.stop {
			m.end(s.num, fmt.Sprintf("%s received", SignalName(s.num)))
			return
		}
		m.keep(s)
	case Waiting, Starting:
		if s.stop && c.waitsFor != "" {
			m.end(s.num, fmt.Sprintf("%s received", SignalName(s.num)))
			return
		}
		m.keep(s)
	case Held, Stopped, BackingOff:
		if s.stop {
			m.end(s.num, fmt.Sprintf("%s received", SignalName(s.num)))
			return
		}
		m.note(LevelDebug, c, c.state, SignalName(s.received)+" received and dropped: it does not run")
	case Stopping, Killing:
		m.forwardWhileStopping(c, s)
	case Completed, Failed, Removed:
	}
}

// forwardToMain passes a signal on, now or after its delay.
func (m *Machine) forwardToMain(c *container, s arrival) {
	num := s.received
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
	m.passToMain(c, s)
}

// forwardWhileStopping handles a signal while main is being stopped by hand: one that
// asks for the end makes it nile's end too, and the second one leaves main no grace.
func (m *Machine) forwardWhileStopping(c *container, s arrival) {
	switch {
	case !s.stop && c.state == Stopping:
		m.passToMain(c, s)
	case !s.stop:
	case m.ending == nil:
		m.end(s.num, fmt.Sprintf("%s received", SignalName(s.num)))
	case m.ending.withPeers != "" && m.asks == 1:
		m.notePod(LevelInfo, m.state, SignalName(s.num)+" received: nile is ending already; another one ends every grace")
	case !m.ending.hurry:
		m.ending.hurry = true
		m.notePod(LevelWarn, m.state, SignalName(s.num)+" received again: no more grace")
	}
}

// delayFired passes a signal on that has been held back long enough.
func (m *Machine) delayFired(c *container, received int) {
	if at := slices.Index(m.delayed, received); at >= 0 && c.state == Running {
		m.delayed = slices.Delete(m.delayed, at, at+1)
		m.passToMain(c, arrival{received: received, num: m.rewritten(received)})
	}
}

// dropDelayed forgets what is being held back for a main that has ended.
func (m *Machine) dropDelayed(c *container) {
	for _, num := range m.delayed {
		m.act(Disarm{Timer: c.delayTimer(num)})
	}
	m.delayed = nil
}

// passToMain sends main what a received signal has been rewritten to.
func (m *Machine) passToMain(c *container, s arrival) {
	why := "passing on " + SignalName(s.num)
	if s.num == 0 {
		why = SignalName(s.received) + " received and dropped"
	} else if s.num != s.received {
		why += " in place of " + SignalName(s.received)
	}
	m.act(Note{Level: LevelDebug, Name: c.spec.Name, From: string(c.state), To: string(c.state), Why: why, PID: c.pid, Signal: s.received})
	if s.num != 0 {
		c.noteSent(s.num)
		m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: s.num, Scope: m.scope(c)})
	}
	if m.suspends(s.received) {
		m.act(Suspend{})
	}
}

// suspends tells whether nile stops itself on a signal.
func (m *Machine) suspends(received int) bool {
	return m.spec.Forward && m.spec.Wrap.Suspend && (received == sigTstp || received == sigTtin || received == sigTtou)
}

// rewritten is what becomes of a received signal; 0 where nobody gets it. What
// suspends nile stops main too, if nothing else was asked for: main may be in a
// group where the kernel lets SIGTSTP stop nobody (setpgid(2), orphaned groups).
func (m *Machine) rewritten(received int) int {
	if to, ok := m.spec.Signals[received]; ok {
		return to
	}
	if m.suspends(received) {
		return sigStop
	}
	return received
}

// forwardToStrays handles a signal while only what main has left behind lives.
func (m *Machine) forwardToStrays(c *container, s arrival) {
	switch {
	case s.num == 0:
	case s.stop && m.asks >= 2 && !c.straysKilled:
		m.killStrays(c, SignalName(s.num)+" received again, no more grace")
	case m.spec.Wrap.Leftovers == LeftoversWait && !c.straysKilled:
		m.act(KillStrays{Name: c.spec.Name, Gen: c.gen, Signal: s.num})
		if s.stop {
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

// keep saves a signal for a main that does not run yet. Like a pending signal of
// the kernel's, it is kept once, however often it comes (signal(7)).
func (m *Machine) keep(s arrival) {
	if !slices.Contains(m.early, s) {
		m.early = append(m.early, s)
	}
}

// forwardEarly hands main the signals that came before it ran.
func (m *Machine) forwardEarly() {
	early := m.early
	m.early = nil
	for _, s := range early {
		m.forward(s)
	}
}
