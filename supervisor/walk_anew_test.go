package supervisor_test

import "github.com/nile-init/nile/supervisor"

// beginAnew takes note that a container's rule starts everything anew: all that runs is
// to end, all that waits or has ended waits for its turn from now on.
func (o *observer) beginAnew(by *watched) {
	o.met["anew"]++
	o.anew = by
	o.waitsAnew(by)
	for _, c := range o.all {
		switch c.phase {
		case noRoom:
			o.giveUp(c)
		case resting, over:
			o.waitsAnew(c)
		case running:
			o.hasten(c, 0)
		case fresh, asked, emptying, dropped, held, stopped, gone:
		}
	}
}

// waitsAnew takes note that a container which has had its run waits for another.
func (o *observer) waitsAnew(c *watched) {
	c.phase, c.startDue, c.override = fresh, false, nil
	if !c.isJob() {
		c.restarts++
	}
}

// advanceAnew works out whether everything has ended, so that it may start anew, at once
// or after the back-off of the container that asked for it.
func (o *observer) advanceAnew() {
	if o.anew == nil || o.anewWaits || o.anyAlive() {
		return
	}
	o.anewDue, o.anewLatest = o.nextBackoff(o.anew)
	if o.anewLatest > o.now {
		o.met["anew after a back-off"]++
		o.anewWaits = true
		return
	}
	o.startAnew()
}

// startAnew takes note that the initialisation begins once more.
func (o *observer) startAnew() {
	o.met["anew begins"]++
	o.anew, o.anewWaits = nil, false
	o.initialized = false
	for _, c := range o.all {
		c.passed = false
	}
}

func (o *observer) anyAlive() bool {
	for _, c := range o.all {
		if c.phase.alive() {
			return true
		}
	}
	return false
}

func (o *observer) mainAlive() bool {
	for _, c := range o.mains {
		if c.phase.alive() {
			return true
		}
	}
	return false
}

// isUp tells whether a container has started, and neither is to be stopped nor runs only to be
// looked at.
func (o *observer) isUp(c *watched) bool {
	_, toStop := o.toStop(c)
	return c.phase == running && !c.beingStopped() && !c.renewing() && !toStop && c.hasStarted() && !c.kept
}

// pass works out which init containers have let the next one start by now.
func (o *observer) pass() {
	if o.ending || o.anew != nil || !o.booted {
		return
	}
	for _, c := range o.inits {
		switch {
		case c.passed:
		case c.role == supervisor.RoleSidecar:
			c.passed = o.isUp(c)
		default:
			c.passed = c.phase == over && !c.failed()
		}
		if c.renewing() || !c.passed && !c.removed {
			return
		}
	}
	o.initialized = true
}

// isTurnOf tells whether all before a container in the order have let it start.
func (o *observer) isTurnOf(c *watched) bool {
	for _, before := range o.inits {
		if before == c {
			return true
		}
		if !before.passed && !before.removed {
			return false
		}
	}
	return true
}

// holder is a container before another one in the order which is between its start and
// the end of its postStart hook, or of itself where that has failed.
func (o *observer) holder(c *watched) *watched {
	for _, before := range o.all {
		if before == c {
			return nil
		}
		if before.renewing() {
			continue
		}
		if before.phase == asked && before.spec.PostStart != nil || before.phase == running && (before.hookDue || before.hook == supervisor.HookPostStart || before.cause == "hook") {
			return before
		}
	}
	return nil
}
