package supervisor

import (
	"fmt"
	"time"
)

// startCommand starts what does not run.
func (m *Machine) startCommand(c *container) (string, *refused) {
	name := c.spec.Name
	switch c.state {
	case Waiting:
		if !m.awaitsItsTime(c) {
			return "", notNow("%s is %s", name, m.predicament(c))
		}
	case Starting, Held:
		return "", notNow("%s is %s", name, m.predicament(c))
	case Running, Stopping, Killing, Emptying:
		if c.state == Running && c.goal == goalNone {
			return "", notNow("%s is %s", name, m.predicament(c))
		}
		if c.startsAgain() {
			return "", notNow("%s is being stopped and starts again after that", name)
		}
		return m.afterItsEnd(c)
	case Retrying, BackingOff, Stopped, Completed, Failed, Removed:
	}
	return m.startNow(c)
}

// startNow starts a container that does not run, forgiven everything.
func (m *Machine) startNow(c *container) (string, *refused) {
	if c.role == RoleInit && c.state.final() {
		return "", notNow("%s is %s", c.spec.Name, m.predicament(c))
	}
	if no := m.notDuringAnew(c); no != nil {
		return "", no
	}
	m.disarm(TimerBackoff, c)
	m.disarm(TimerRetry, c)
	m.forgive(c)
	c.hold.parked, c.hold.exempt = false, m.hold != nil
	m.startDue(c)
	return "starting " + c.spec.Name + c.onceMet(), nil
}

// stopCommand stops a container and keeps it stopped.
func (m *Machine) stopCommand(c *container) (string, *refused) {
	name := c.spec.Name
	switch {
	case c.role == RoleInit:
		return "", notNow("%s is an init container, which the others wait for, so it cannot be stopped: nile signal %s KILL ends its run", name, name)
	case c.due && (c.state == Stopped || c.state.final()):
		c.due = false
		return name + " is not started after all", nil
	case c.state == Held || c.state.final() || c.state == Stopped && !c.hold.parked:
		return "", notNow("%s does not run: it is %s", name, m.predicament(c))
	case c.goal == goalStop:
		return "", notNow("%s is being stopped already", name)
	}
	c.goal = goalStop
	c.hold.parked = false
	m.forgive(c)
	switch c.state {
	case Running:
		m.stopByGoal(c, "the operator asked for it")
	case Waiting, Retrying, BackingOff, Stopped:
		m.stopWaiting(c, goalStop)
	case Starting, Stopping, Killing, Emptying, Held, Completed, Failed, Removed:
	}
	return "stopping " + name + c.aftermath(), nil
}

// graceByHand is what a container has that is stopped by hand: no more than all have where
// they are being ended to start anew.
func (m *Machine) graceByHand() time.Duration {
	if m.anew != nil {
		return 0
	}
	return m.spec.Grace
}

// stopWaiting makes a container that does not run stay so.
func (m *Machine) stopWaiting(c *container, goal goal) {
	m.disarm(TimerBackoff, c)
	m.disarm(TimerRetry, c)
	c.gen++
	c.goal = goalNone
	m.beStopped(c, goal)
}

// restartCommand stops a container and starts it again.
func (m *Machine) restartCommand(c *container) (string, *refused) {
	name := c.spec.Name
	switch {
	case c.state == Held || c.state == Waiting && !m.awaitsItsTime(c):
		return "", notNow("%s is %s", name, m.predicament(c))
	case c.role == RoleInit && c.state != BackingOff && c.state != Retrying:
		return "", notNow("%s is an init container, which cannot be restarted by hand: nile signal %s KILL ends its run, and its restart policy decides", name, name)
	case !c.state.alive():
		return m.startNow(c)
	case c.startsAgain():
		return "", notNow("%s is being restarted already", name)
	}
	return m.afterItsEnd(c)
}

// startsAgain tells whether it starts anyway once its present run is over.
func (c *container) startsAgain() bool {
	return c.goal.again() || c.goal == goalReload
}

// afterItsEnd starts a container again once its present run is over, which it sees to.
func (m *Machine) afterItsEnd(c *container) (string, *refused) {
	if no := m.notDuringAnew(c); no != nil {
		return "", no
	}
	c.goal = goalRestart
	c.hold.parked, c.hold.exempt = false, m.hold != nil
	m.forgive(c)
	if c.state == Running {
		m.stopByGoal(c, "restart, the operator asked for it")
	}
	return "restarting " + c.spec.Name + c.aftermath(), nil
}

// notDuringAnew refuses what the start of all containers does anyway.
func (m *Machine) notDuringAnew(c *container) *refused {
	if m.anew == nil {
		return nil
	}
	return notNow("all containers are being ended to start anew, %s among them", c.spec.Name)
}

// retryCommand starts a container that is held.
func (m *Machine) retryCommand(c *container, e Command) (string, *refused) {
	name := c.spec.Name
	switch {
	case c.hold.trial && c.state != Running || c.due && c.state == Held:
		return "", notNow("%s is being retried already", name)
	case c.state == Running:
		return "", notNow("%s is running; use restart", name)
	case c.state == Stopping || c.state == Killing:
		return "", notNow("%s is being stopped; use restart", name)
	case c.state != Held:
		return "", notNow("%s is not held: it is %s", name, m.predicament(c))
	case m.anew != nil:
		return "", m.notDuringAnew(c)
	}
	m.forgive(c)
	c.override = e.Override
	c.hold.trial, c.hold.kept = !e.KeepHeld, e.KeepHeld
	if c.hold.strays > 0 {
		c.goal = goalRetry
		m.empty(c, c.hold.strays)
		return fmt.Sprintf("retrying %s, once what it left behind is gone", name), nil
	}
	m.startDue(c)
	return "retrying " + name + c.onceMet(), nil
}

// forgive makes the next start of a container as immediate as the first was: what an
// operator does is no crash.
func (m *Machine) forgive(c *container) {
	c.backoff, c.waited, c.retry, c.crashes = 0, 0, 0, 0
}

// beStopped keeps a container stopped until somebody starts it, or, where a hold has
// stopped it, until that is over or something is retried.
func (m *Machine) beStopped(c *container, goal goal) {
	what := "it had not run"
	var status *Status
	if c.last != nil {
		what = c.last.describe()
		if c.state.alive() {
			status = &c.last.Status
		}
	}
	why := "the operator stopped it"
	if goal == goalPark {
		why = "stopped because the pod is held"
	}
	c.hold.parked = goal == goalPark
	c.hold.trial, c.hold.kept = false, false
	c.override, c.due = nil, false
	m.noteEnd(LevelInfo, c, Stopped, what+"; "+why, status)
	c.pid = 0
}

// startByHand starts a container that an operator wants to run, or a hold that is over.
func (m *Machine) startByHand(c *container) {
	why := "the operator asked for it"
	switch {
	case c.hold.parked:
		why = "it was stopped because the pod was held"
	case c.state == Held:
		why = "retry, the operator asked for it"
	}
	switch {
	case c.job.timed:
		why = "its time has come"
	case c.role == RoleJob: // a run of its own, and no restart
	case c.last != nil:
		c.restarts++
	}
	m.spawn(c, why)
}

// startAtOnce starts a container again whose run is over, as an operator has asked, or
// because its files have changed.
func (m *Machine) startAtOnce(c *container, goal goal) {
	why := "the operator asked for it"
	if goal == goalRefresh {
		why = "its files have changed"
	}
	m.note(LevelInfo, c, BackingOff, c.last.describe()+"; starting again, "+why)
	c.pid = 0
	m.startDue(c)
}
