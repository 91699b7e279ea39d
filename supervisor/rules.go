package supervisor

import (
	"fmt"
	"slices"
)

// rule is the action of the first restart rule that fits how the container's last
// run ended; empty where none does. Rules look at exit codes only, and not at all
// where a probe ended the run.
func (c *container) rule() RuleAction {
	if c.cause == causeProbe {
		return ""
	}
	code := c.last.exitCode()
	for _, r := range c.spec.Rules {
		if slices.Contains(r.Codes, code) != r.NotIn {
			return r.Action
		}
	}
	return ""
}

// anew is the start of all containers from the first one on, under way.
type anew struct {
	by    *container // whose rule asked for it
	armed bool       // its back-off runs
}

// beginAnew ends everything that runs, so that all containers can start from the
// first one on. As with the kubelet there is no preStop hook and no more than two
// seconds; unlike there, a pod that does it again and again is held back by the
// back-off of the container that asks for it.
func (m *Machine) beginAnew(c *container) {
	m.finish(c, c.last.describe()+"; its rule starts all containers anew")
	m.anew = &anew{by: c}
	for _, other := range m.all {
		switch other.state {
		case Retrying:
			m.disarm(TimerRetry, other)
			m.backToWaiting(other)
		case BackingOff:
			m.disarm(TimerBackoff, other)
			m.backToWaiting(other)
		case Waiting, Starting, Running, Stopping, Killing, Emptying, Completed, Failed:
		}
	}
}

func (m *Machine) backToWaiting(c *container) {
	c.gen++
	m.note(LevelDebug, c, Waiting, "all containers start anew")
}

// advanceAnew ends what still runs and, when nothing does, starts anew.
func (m *Machine) advanceAnew() {
	alive := false
	for _, c := range m.all {
		if c.state == Running {
			m.stop(c, 0, fmt.Sprintf("all containers start anew because of %s", m.anew.by.spec.Name))
		}
		alive = alive || c.state.alive()
	}
	if alive || m.anew.armed {
		return
	}
	by := m.anew.by
	if left := m.nextBackoff(by); left > 0 {
		m.anew.armed = true
		m.notePod(LevelWarn, m.state, "back-off: all containers start anew in "+short(left))
		m.act(Arm{Timer: Timer{Kind: TimerAnew}, After: left})
		return
	}
	m.startAnew()
}

func (m *Machine) startAnew() {
	m.anew = nil
	for _, c := range m.all {
		c.passed = false
		if c.last != nil {
			c.restarts++
		}
		if c.state != Waiting {
			m.backToWaiting(c)
		}
	}
	m.notePod(LevelInfo, PodInitializing, "all containers start anew")
}
