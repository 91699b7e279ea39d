package supervisor

import (
	"fmt"
	"slices"
)

// anew is the start of all containers from the first one on, under way: first
// everything ends, then a back-off may run, then they start.
type anew struct {
	by *container // whose rule asked for it
}

// beginAnew ends everything that runs, so that all containers can start from the
// first one on. As with the kubelet there is no preStop hook and no more than two
// seconds; unlike there, a pod that does it again and again is held back by the
// back-off of the container that asks for it.
func (m *Machine) beginAnew(by *container) {
	m.anew = &anew{by: by}
	m.backToWaiting(by, by.last.describe()+"; its rule starts all containers anew")
	why := fmt.Sprintf("all containers start anew because of %s", by.spec.Name)
	for _, c := range m.all {
		switch c.state {
		case Retrying:
			m.disarm(TimerRetry, c)
			m.giveUpStart(c)
		case BackingOff:
			m.disarm(TimerBackoff, c)
			c.gen++
			m.backToWaiting(c, why)
		case Completed, Failed:
			m.backToWaiting(c, why)
		case Stopping:
			m.hasten(c, 0, why)
		case Waiting, Starting, Running, Killing, Emptying, Held, Stopped, Removed:
		}
	}
}

// backToWaiting makes a container that has had its run wait for its turn anew. Its
// next start counts as a restart from now on.
func (m *Machine) backToWaiting(c *container, why string) {
	level := LevelDebug
	var status *Status
	if c.state.alive() {
		level, status = levelOf(c.last), &c.last.Status
	}
	m.noteEnd(level, c, Waiting, why, status)
	c.pid, c.due, c.override = 0, false, nil
	if c.role != RoleJob {
		c.restarts++
	}
}

// advanceAnew ends what still runs, sidecars when the mains are gone, and starts
// everything anew when all are.
func (m *Machine) advanceAnew() {
	mainAlive := m.mainAlive()
	for _, c := range m.all {
		if c.state == Running && (c.role != RoleSidecar || !mainAlive || c.goal != goalNone && c.goal != goalReload) {
			m.stop(c, 0, fmt.Sprintf("all containers start anew because of %s", m.anew.by.spec.Name))
		}
	}
	if m.anyAlive() || slices.Contains(m.timers, TimerAnew) {
		return
	}
	if left := m.nextBackoff(m.anew.by); left > 0 {
		m.notePod(LevelWarn, m.state, "back-off: all containers start anew in "+short(left))
		m.arm(TimerAnew, nil, left)
		return
	}
	m.startAnew()
}

// startAnew begins the initialisation once more.
func (m *Machine) startAnew() {
	m.anew = nil
	for _, c := range m.all {
		c.passed = false
	}
	m.notePod(LevelInfo, PodInitializing, "all containers start anew")
}
