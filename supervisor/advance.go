package supervisor

import "fmt"

// advance looks at the whole state once and starts or stops what may be started
// or stopped now.
func (m *Machine) advance() {
	if m.state == PodNew {
		return
	}
	m.judgeNeeds()
	if m.ending == nil && m.anew != nil {
		m.advanceAnew()
	}
	if m.ending == nil {
		m.advanceHold()
	}
	if m.ending == nil && m.anew == nil {
		m.endIfOver()
	}
	m.advanceNews()
	if m.ending == nil && m.anew == nil {
		m.unpark()
		m.advanceFollowers()
		for again := true; again; {
			m.startNext()
			m.restartWhatMay()
			again = m.advanceFollowers() || m.advanceReload() || m.parkSidecars() // a postStart hook may hold up nobody any more
		}
	}
	m.advanceJobs()
	if m.ending != nil {
		m.stopWhatMust()
		m.exitIfEmpty()
	}
	m.advanceProbes()
	m.advanceNotices()
}

// startNext starts, in order, every container whose turn has come. It comes once all
// init containers before it have let it pass and while no postStart hook of one before
// it is under way.
func (m *Machine) startNext() {
	held := m.removing()
	for _, c := range m.inits {
		if !c.passed && c.state == Waiting && !held && c.needsMet() {
			m.spawn(c, "its turn has come")
		}
		c.passed = c.passed || c.letsPass()
		if c.renewing() || !c.passed && !c.removed {
			return
		}
		held = held || c.holdsUp()
	}
	if m.state == PodInitializing {
		m.initialized = true
		level, why := LevelInfo, "all init containers have done their part"
		if len(m.inits) == 0 {
			level, why = LevelDebug, "starting the containers"
		}
		m.notePod(level, PodRunning, why)
	}
	for _, c := range m.mains {
		if c.state == Waiting && !held && c.role != RoleJob && c.needsMet() {
			m.spawn(c, "its turn has come")
		}
		held = held || c.holdsUp()
	}
}

// letsPass tells whether an init container lets the next one start.
func (c *container) letsPass() bool {
	if c.role == RoleSidecar {
		return c.state == Running && c.goal == goalNone && c.hasStarted() && !c.hold.kept
	}
	return c.state == Completed
}

// holdsUp tells whether the container is somewhere between its start and the end of
// its postStart hook, or of itself where that failed. The kubelet starts nothing else
// meanwhile (startContainer runs the hook, and ends the container).
func (c *container) holdsUp() bool {
	if c.renewing() {
		return false // this run is over as soon as its turn comes
	}
	switch c.state {
	case Starting:
		return c.spec.PostStart != nil
	case Running, Stopping, Killing:
		return c.hook == HookPostStart || c.cause == causeHook
	case Waiting, Retrying, Emptying, BackingOff, Held, Stopped, Completed, Failed, Removed:
	}
	return false
}

// restartWhatMay starts again, in order, every container whose time for it has come. A
// retry waits for the sidecars before it that were stopped because of the hold, and what is
// started by hand for its turn.
func (m *Machine) restartWhatMay() {
	held, asleep, early := false, false, false
	for _, c := range m.all {
		byHand := c.role == RoleJob && c.state == Waiting || c.state == Held || c.state == Stopped || c.state.final()
		switch {
		case held || asleep && (c.hold.retried() || c.hold.parked) || early && byHand:
		case (c.due || m.wake(c)) && !c.needsMet():
		case m.wake(c):
			m.startByHand(c)
		case !c.due:
		case c.state == BackingOff:
			m.restart(c)
		case c.state == Retrying:
			m.spawn(c, "trying again")
		case byHand:
			m.startByHand(c)
		}
		held = held || c.holdsUp()
		asleep = asleep || c.hold.parked
		early = early || c.owesAStart()
	}
}

// owesAStart tells whether what comes after it in the order has to wait for it.
func (c *container) owesAStart() bool {
	return (c.role == RoleInit || c.role == RoleSidecar) && !c.passed && !c.removed
}

// endIfOver begins the end of a pod that has nothing more to do.
func (m *Machine) endIfOver() {
	if m.hold != nil {
		return
	}
	for _, c := range m.inits {
		if c.role == RoleInit && c.state == Failed {
			m.end(0, fmt.Sprintf("init container %s has failed and may not be restarted", c.spec.Name))
			m.ending.failed = c
			return
		}
	}
	final, mains, never := 0, 0, ""
	for _, c := range m.lasting() {
		if c.removed {
			continue
		}
		mains++
		if c.doomed && never == "" {
			never = fmt.Sprintf("%s can never start: it waits for %s", c.spec.Name, c.unmet())
		}
		if c.doomed {
			final++
			continue
		}
		if !c.state.final() || c.due {
			continue
		}
		final++
		if m.spec.ExitWhen == ExitWhenAny && !(c.awaited && c.state == Completed) {
			m.end(0, fmt.Sprintf("container %s has ended, and the pod ends with the first", c.spec.Name))
			m.ending.first = c
			return
		}
	}
	switch {
	case final < mains:
	case never != "":
		m.end(0, never)
		m.ending.neverStarted = never
	default:
		m.end(0, "all containers have ended")
	}
}
