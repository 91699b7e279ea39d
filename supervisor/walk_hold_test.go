package supervisor_test

import (
	"slices"

	"github.com/nile-init/nile/supervisor"
)

// holding tells whether the pod is held.
func (o *observer) holding() bool {
	for _, c := range o.all {
		if c.phase == held || c.retried() {
			return true
		}
	}
	return false
}

func (c *watched) retried() bool { return c.trial || c.kept }

func (o *observer) anyRetried() bool { return slices.ContainsFunc(o.all, (*watched).retried) }

// mustHold is the rule of what is held.
func (o *observer) mustHold(c *watched) bool {
	hold, own := o.spec.Hold, c.spec.OnFailure
	effective := own
	willing := c.role == supervisor.RoleSidecar || c.isJob()
	if own == "" && !willing {
		effective = hold.OnFailure
	}
	switch {
	case o.ending || o.anew != nil || c.goal != "" || o.spec.Forward && o.asks > 0:
		return false
	case c.kept:
		return true
	case c.trial:
		return c.failed()
	case c.trigger == "" || o.rule(c) != "" || own == supervisor.FailureExit:
		return false
	case willing && own != supervisor.FailureHold:
		return false
	case hold.AfterRestarts > 0 && o.restarts(c):
		return c.crashes >= hold.AfterRestarts
	}
	return effective == supervisor.FailureHold
}

// beHeld takes note that a container stays as it has ended, with what it left behind.
func (o *observer) beHeld(c *watched, strays int) {
	o.met["held"]++
	if strays > 0 {
		o.met["held with strays"]++
	}
	c.phase, c.heldFailed, c.released, c.straysLeft, c.override = held, true, nil, strays, nil
	c.trial, c.kept, c.exempt, c.parked = false, false, false, false
	o.heldAt, o.holdDue = o.now, o.now+o.spec.Hold.For
}

// advanceHold takes note of retries that have proved themselves. When nothing is held any
// more the hold is over.
func (o *observer) advanceHold() {
	if o.ending {
		return
	}
	for _, c := range o.all {
		if c.trial && o.proven(c) {
			c.trial = false
			o.met["retry succeeds"]++
		}
	}
	if !o.holding() {
		o.leaveHold()
	}
}

// proven: a plain init container has succeeded, any other is ready and not to be stopped.
func (o *observer) proven(c *watched) bool {
	if c.role == supervisor.RoleInit {
		return c.phase == over && !c.failed()
	}
	_, toStop := o.toStop(c)
	return c.phase == running && !c.beingStopped() && !c.renewing() && !toStop && c.hasStarted() && c.succeeded(supervisor.ProbeReadiness) && !c.saidStopping
}

func (o *observer) leaveHold() {
	for _, c := range o.all {
		c.trial, c.kept, c.exempt = false, false, false
	}
}

// retry takes note that a held container is to be started.
func (o *observer) retry(c *watched, e supervisor.Command) {
	o.forgive(c)
	c.override, c.trial, c.kept = e.Override, !e.KeepHeld, e.KeepHeld
	if c.straysLeft > 0 {
		c.goal, c.phase, c.straysTold = "retry", emptying, 0
		return
	}
	c.startDue = true
}

// release takes note of the end of a hold: what is held ends for good, a sidecar goes by
// its restart policy.
func (o *observer) release(code *int) {
	o.met["released"]++
	o.leaveHold()
	for _, c := range o.all {
		switch {
		case c.phase == held:
			c.startDue, c.override, c.released, c.goal = false, nil, code, "release"
			if c.straysLeft > 0 {
				c.phase, c.straysTold = emptying, 0
				continue
			}
			o.decide(c)
		case c.goal == "retry":
			c.goal, c.released = "release", code
		}
	}
}

// endHeld takes note that the pod ends while a container is held.
func (o *observer) endHeld(c *watched) {
	o.met["end of a hold"]++
	c.phase, c.startDue = over, false
	if c.straysLeft > 0 {
		c.phase, c.straysTold = emptying, 0
	}
}

// park takes note of the sidecars that are to be stopped because of the hold. What is
// started in this very step counts as running.
func (o *observer) park(actions []supervisor.Action) {
	if o.spec.Hold.Sidecars != supervisor.SidecarsStop || o.ending || o.anew != nil || !o.holding() || o.anyRetried() {
		return
	}
	starts := func(c *watched) bool {
		return slices.ContainsFunc(actions, func(a supervisor.Action) bool {
			spawn, ok := a.(supervisor.Spawn)
			return ok && spawn.Name == c.spec.Name
		})
	}
	for _, c := range o.all {
		if c.role != supervisor.RoleSidecar && !c.isNothing() && !o.isStalled(c) && (c.phase.alive() || c.phase == resting || c.phase == noRoom || c.startDue || starts(c) || c.phase == fresh && !c.isJob() && o.isTurnOf(c)) {
			return
		}
	}
	for _, c := range slices.Backward(o.inits) {
		switch {
		case c.role != supervisor.RoleSidecar:
		case c.phase == fresh && o.isTurnOf(c), c.exempt && (c.startDue || c.phase == asked || starts(c) || (c.phase == resting || c.phase == noRoom) && c.dueReached):
			return
		case c.exempt && !c.renewing():
		case c.phase == asked || starts(c) || c.renewing():
			return
		case c.phase == running || c.phase == emptying:
			if c.goal == "" {
				o.met["parked"]++
				c.goal = "park"
			}
			return
		case c.phase == resting || c.phase == noRoom:
			o.beStopped(c, true)
		}
	}
}

// wakes tells whether a parked sidecar is to be started.
func (o *observer) wakes(c *watched) bool {
	return c.phase == stopped && c.parked && (!o.holding() || o.anyRetried())
}

// asleep tells whether a sidecar before a container in the order is down, or not up again,
// because of the hold.
func (o *observer) asleep(c *watched) bool {
	for _, before := range o.all {
		if before == c {
			return false
		}
		if before.parked {
			return true
		}
	}
	return false
}

// unpark takes note of parked sidecars that are up again.
func (o *observer) unpark() {
	if o.ending || o.anew != nil {
		return
	}
	for _, c := range o.inits {
		c.parked = c.parked && !o.isUp(c)
	}
}

// byHand tells whether a container starts only because somebody, or a hold that is over,
// asks for it, and then has to wait for its turn.
func (c *watched) byHand() bool {
	return c.phase == held || c.phase == stopped || c.phase == over || c.phase == fresh && c.isJob()
}

// mayStart tells whether a container that is to be started by hand, or retried, may be now.
func (o *observer) mayStart(c *watched) bool {
	return !(c.byHand() && !o.isTurnOf(c)) && !((c.retried() || c.parked) && o.asleep(c))
}

// mustBeHeld checks that the pod says that it is held, that exactly then the time of the hold
// runs, and that nothing ends it but what may.
func (o *observer) mustBeHeld() {
	holding := o.holding() && !o.ending
	if holding != (o.podState == string(supervisor.PodHeld)) {
		o.fail("the pod is %s, is held: %v", o.podState, holding)
	}
	if holding && o.spec.Hold.For > 0 {
		o.mustBeArmed(supervisor.TimerHold, "", o.holdDue, o.holdDue)
	} else {
		o.mustNotBeArmed(supervisor.TimerHold, "")
	}
}
