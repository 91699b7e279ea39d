package supervisor

import "fmt"

// settle decides what becomes of a container whose last run is over and gone.
func (m *Machine) settle(c *container) {
	goal := c.goal
	c.goal = goalNone
	switch {
	case m.ending != nil:
		m.finish(c, c.last.describe())
	case c.removed:
		m.remove(c, c.last.describe()+"; a reload has removed it")
	case goal == goalStop || goal == goalPark && m.hold != nil:
		m.beStopped(c, goal)
	case m.anew != nil:
		m.backToWaiting(c, c.last.describe())
	case goal == goalReload:
		m.startAfresh(c, c.last.describe()+"; starting again with what the reload has changed")
	case goal == goalRelease && c.role != RoleSidecar:
		m.finish(c, c.last.describe())
	case goal.again() || goal == goalPark:
		m.startAtOnce(c, goal)
	case goal == goalFollow:
		m.startAlong(c)
	case c.role == RoleJob:
		m.finish(c, c.last.describe())
	case c.rule() == RuleRestartAllContainers:
		m.beginAnew(c)
	case m.mayRestart(c):
		m.backOff(c)
	default:
		m.finish(c, c.last.describe())
	}
}

// backOff starts the container again, at once or later.
func (m *Machine) backOff(c *container) {
	t := c.last
	what := t.describe()
	c.override = nil
	if c.trigger != "" {
		c.crashes++
	}
	if left := m.nextBackoff(c); left > 0 {
		level := LevelWarn
		if t.Reason == reasonStartError {
			level = LevelError
		}
		m.note(level, c, BackingOff, fmt.Sprintf("%s; back-off: restart %d in %s", what, c.restarts+1, short(left)))
		c.pid = 0
		m.arm(TimerBackoff, c, left)
		return
	}
	m.note(levelOf(t), c, BackingOff, what+"; restarting at once")
	c.pid, c.waited = 0, 0
	m.startDue(c)
}

// finish ends the container for good.
func (m *Machine) finish(c *container, what string) {
	to := Failed
	if c.succeeded() {
		to = Completed
	}
	c.override, c.due = nil, false
	c.hold.trial, c.hold.kept = false, false
	level := levelOf(c.last)
	if c.state == Held || c.state == Stopped || c.hold.failed {
		level = LevelInfo // it has been told at that time
	}
	m.note(level, c, to, what)
	c.pid = 0
}

// mayRestart is the restart decision (kubelet: ShouldContainerBeRestarted).
func (m *Machine) mayRestart(c *container) bool {
	success := c.succeeded()
	switch {
	case c.role == RoleInit && success:
		return false // it has done its part, whatever the rules and policies say
	case c.rule() == RuleRestart:
		return true
	}
	switch m.policy(c) {
	case RestartNever:
		return false
	case RestartOnFailure:
		return !success || c.cause == causeProbe
	case RestartAlways:
		return true
	}
	return true
}

// initDone tells whether an init container has done its part. One in which the
// OOM killer struck has not, whatever its exit code (kubelet:
// isInitContainerFailed).
func (t *Termination) initDone() bool { return t.exitCode() == 0 && t.Reason != reasonOOMKilled }

// succeeded tells whether the last run did what it should.
func (c *container) succeeded() bool {
	if c.role == RoleInit {
		return c.last.initDone()
	}
	return c.last.exitCode() == 0
}

// describe says how the run ended, for people.
func (t *Termination) describe() string {
	if t.Why != "" {
		return t.Why
	}
	why := ""
	if t.Reason == reasonOOMKilled {
		why = " (the OOM killer struck in its cgroup)"
	}
	return fmt.Sprintf("%s after %s%s", t.Status, short(t.Finished.Sub(t.Started)), why)
}

func levelOf(t *Termination) Level {
	switch {
	case t.Reason == reasonStartError:
		return LevelError
	case t.exitCode() != 0 && !t.Asked:
		return LevelWarn
	}
	return LevelInfo
}
