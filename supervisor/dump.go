package supervisor

import (
	"cmp"
	"fmt"
	"time"
)

func (d Dump) wait() time.Duration { return cmp.Or(d.Wait, DefaultDumpWait) }

// stopForProbe ends a run whose liveness or startup probe has failed. While it can still
// be seen it is looked at, and one that did live is asked for evidence first.
func (m *Machine) stopForProbe(c *container, kind ProbeKind, grace time.Duration, why string) {
	m.look(c, why)
	if kind != ProbeLiveness && kind != culpritWatchdog || c.spec.Dump.Signal == 0 {
		m.stop(c, grace, why)
		return
	}
	m.dropHook(c)
	c.asked = true
	c.stop, c.graceLeft, c.stopSince = stopDump, grace, m.now
	m.note(LevelWarn, c, Stopping, fmt.Sprintf("%s: sending %s for evidence, which has %s", why, SignalName(c.spec.Dump.Signal), short(c.spec.Dump.wait())))
	m.sendDump(c)
	m.arm(TimerDump, c, c.spec.Dump.wait())
}

func (m *Machine) sendDump(c *container) {
	m.act(Kill{Name: c.spec.Name, PID: c.pid, Signal: c.spec.Dump.Signal, Scope: ScopeProcess})
}

// dumpFired goes on with the stop once the evidence has had its time, or asks for it
// shortly before the grace is over.
func (m *Machine) dumpFired(c *container) {
	switch c.stop {
	case stopDump:
		m.stopAfterDump(c, c.graceLeft, "")
	case stopSignal:
		m.note(LevelInfo, c, c.state, fmt.Sprintf("sending %s for evidence, its grace is over in %s", SignalName(c.spec.Dump.Signal), short(c.killAt.Sub(m.now))))
		m.sendDump(c)
	case stopNone, stopHook, stopTurn:
	}
}

// stopAfterDump stops a run that was asked for evidence.
func (m *Machine) stopAfterDump(c *container, grace time.Duration, why string) {
	m.disarm(TimerDump, c)
	m.beginStop(c, grace, why)
	if c.stop == stopTurn && !m.waitsForTurn(c) {
		m.sendStop(c)
	}
}

// armDump sees to it that evidence is asked for before the grace is over, which never
// gets longer by it.
func (m *Machine) armDump(c *container, grace time.Duration) {
	m.disarm(TimerDump, c)
	if wait := c.spec.Dump.wait(); c.spec.Dump.Signal != 0 && grace > wait {
		m.arm(TimerDump, c, grace-wait)
	}
}
