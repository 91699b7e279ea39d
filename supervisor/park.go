package supervisor

import "slices"

// parkSidecars stops the sidecars of a pod that is held, where its spec asks for it: the
// last one first, each when the later one is gone, and none while something runs that
// may need it. It tells whether it has stopped one.
func (m *Machine) parkSidecars() (stopped bool) {
	if m.hold == nil || m.spec.Hold.Sidecars != SidecarsStop || m.retried() || m.busy() {
		return false
	}
	for i := len(m.inits) - 1; i >= 0; i-- {
		c := m.inits[i]
		switch {
		case c.role != RoleSidecar:
			continue
		case c.renewing(), c.state == Waiting && m.itsTurn(c), c.hold.exempt && (c.due || c.state == Starting):
			return stopped // it is about to come up, or to go
		case c.hold.exempt:
			continue
		}
		switch c.state {
		case Running:
			if c.goal != goalNone {
				return stopped // it is to be stopped, once those are gone that it takes along
			}
			c.goal = goalPark
			m.stop(c, m.spec.Grace, "the pod is held")
			return true
		case Stopping, Killing, Emptying: // perhaps for a reason of its own
			if c.goal == goalNone {
				c.goal = goalPark
			}
			return stopped
		case Starting:
			return stopped
		case BackingOff, Retrying:
			m.stopWaiting(c, goalPark)
			stopped = true
		case Waiting, Held, Stopped, Completed, Failed, Removed:
		}
	}
	return stopped
}

// unpark takes note of parked sidecars that are up again.
func (m *Machine) unpark() {
	for _, c := range m.inits {
		c.hold.parked = c.hold.parked && !c.letsPass()
	}
}

// itsTurn tells whether all init containers before one have let it start.
func (m *Machine) itsTurn(c *container) bool {
	before := m.inits[:slices.Index(m.inits, c)]
	return !slices.ContainsFunc(before, func(c *container) bool { return !c.passed && !c.removed })
}

// busy tells whether a main or a plain init container runs, or will without anybody
// asking for it.
func (m *Machine) busy() bool {
	itsTurn := true
	for _, c := range m.all {
		switch {
		case c.role == RoleSidecar || c.stalled:
		case c.state.alive() || c.state == BackingOff || c.state == Retrying || c.due || c.state == Waiting && itsTurn && c.role != RoleJob:
			return true
		}
		itsTurn = itsTurn && (c.role == RoleMain || c.role == RoleJob || c.passed || c.removed)
	}
	return false
}

// wake tells whether a parked sidecar is to be started: before a retry, or because the
// hold is over.
func (m *Machine) wake(c *container) bool {
	return c.hold.parked && c.state == Stopped && (m.hold == nil || m.retried())
}
