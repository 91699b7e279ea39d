package supervisor

import "slices"

// reaction is how a container takes what a reload has changed about it.
type reaction int

const (
	takeOn   reaction = iota // now, whatever it does
	postpone                 // with its next start
	afresh                   // it does not run, and starts when its turn comes
	replace                  // it runs, and is stopped and started again
)

// react says how a container takes a change, and what people are to be told of that. What
// is planned and what is done both follow from it. A sidecar that is stopped because of a
// hold, and becomes something else, has nothing to do with the hold any more.
func (m *Machine) react(c *container, action ChangeAction, moved bool) (reaction, string) {
	stopping := c.state == Stopping || c.state == Killing || c.state == Emptying
	switch {
	case action == ChangeUpdate && (c.next != nil || c.state == Held || stopping):
		return postpone, "from its next start on"
	case action == ChangeUpdate:
		return takeOn, ""
	case c.state == Held:
		return postpone, "held: kept until it is retried"
	case c.hold.kept:
		return postpone, "retried with --keep-held: goes on, for its next retry"
	case c.state.alive() && (c.goal == goalStop || c.goal == goalPark && !moved):
		return postpone, "being stopped: stays so, for its next start"
	case (c.goal == goalRetry || c.goal == goalRelease) && c.state.alive():
		return postpone, "for its next start"
	case c.state == Stopped && !(c.hold.parked && moved):
		return takeOn, "stopped: stays so, for its next start"
	case c.state == Waiting:
		return takeOn, "waits for its turn"
	case c.role == RoleJob && !moved && !c.state.alive():
		return takeOn, "from its next run on"
	}
	if c.state.alive() {
		return replace, ""
	}
	return afresh, ""
}

// explain adds to a change what the state of the container makes of it, and says how the
// container takes it.
func (m *Machine) explain(change *Change) reaction {
	c, how, why := m.byName[change.Name], takeOn, ""
	switch {
	case change.Name == "":
	case change.Action == ChangeStop && c.isScene():
		why = "held: kept until it is released"
	case change.Action == ChangeStop:
	case c == nil && change.Role == RoleInit && m.initialized:
		why = "runs once, before what starts after it"
	case c == nil:
	case change.Action == ChangeRestart && c.role == RoleInit && change.Role == RoleInit && c.state == Completed:
		why = "has done its part: does not run again"
	default:
		how, why = m.react(c, change.Action, change.Role != c.role)
	}
	if why != "" {
		change.Note = why
	}
	if change.Action == ChangeRestart && (how == takeOn || how == postpone) {
		change.Action = ChangeUpdate // nothing is restarted now
	}
	return how
}

// carryOut sets going what a container's change asks for.
func (m *Machine) carryOut(c *container, change *Change, how reaction, spec *Container) {
	why := "a reload has added it"
	if change.Action != ChangeStart {
		why = "a reload has changed its " + joined(change.Fields)
	}
	switch how {
	case takeOn:
		m.note(LevelInfo, c, c.state, why)
		m.takeOn(c, spec)
	case postpone:
		m.note(LevelInfo, c, c.state, why+": "+change.Note)
		c.next = spec
	case afresh:
		m.takeOn(c, spec)
		m.startAfresh(c, why)
	case replace:
		c.next, c.goal, c.reloadWhy = spec, goalReload, why
	}
}

// alsoRestarted adds to changes those that come of them: who runs, and is taken along by
// what it depends on, as the new spec has it, restarts too.
func (m *Machine) alsoRestarted(changes []Change, spec *Spec) []Change {
	at := func(name string) int {
		return slices.IndexFunc(changes, func(change Change) bool { return change.Name == name })
	}
	restarts := func(d Dependency) bool {
		i := at(d.Name)
		return d.OnRestart == OnRestartRestart && i >= 0 && changes[i].Action == ChangeRestart
	}
	for again := true; again; {
		again = false
		for _, placed := range placedIn(spec) {
			c := m.byName[placed.Name]
			if c == nil || c.state != Running && c.state != Starting || c.goal != goalNone || c.hold.kept {
				continue
			}
			on, i := slices.IndexFunc(placed.DependsOn, restarts), at(placed.Name)
			if on < 0 || i >= 0 && changes[i].Action != ChangeUpdate {
				continue
			}
			if again = true; i < 0 {
				i = len(changes)
				changes = append(changes, Change{Name: placed.Name, Role: placed.role})
			}
			changes[i].Action, changes[i].Note = ChangeRestart, "along with "+placed.DependsOn[on].Name
		}
	}
	return changes
}

// takeOn makes a container one of another spec. Probes that have not changed go on.
func (m *Machine) takeOn(c *container, spec *Container) {
	m.renewProbes(c, spec)
	m.renewNews(c, spec)
	c.spec, c.next = spec, nil
	m.act(Define{Container: spec, Role: c.role})
}

// renewProbes begins the probes anew that differ from those of the present spec. What holds
// goes on to hold until they find something else: a container that runs does not become
// unready by a reload, and one that has started has done so.
func (m *Machine) renewProbes(c *container, spec *Container) {
	started, ready := c.hasStarted(), c.isReady()
	fresh := newProbes(spec)
	for _, old := range c.probes {
		i := slices.IndexFunc(fresh, func(p *probe) bool { return p.kind == old.kind })
		if i >= 0 && sameProbe(old.spec, fresh[i].spec) {
			fresh[i] = old
			continue
		}
		m.endProbing(c, old)
		c.probeNumber = max(c.probeNumber, old.number)
	}
	for _, p := range fresh {
		if slices.Contains(c.probes, p) {
			continue
		}
		p.number = c.probeNumber // no answer of an earlier probe fits it
		p.reset()
		if p.kind == ProbeStartup && started || p.kind == ProbeReadiness && ready {
			p.result, p.met = ProbeSuccess, true
		}
	}
	c.probes = fresh
	c.startup, c.readiness = c.probeOf(ProbeStartup), c.probeOf(ProbeReadiness)
}

// startAfresh makes a container that does not run start when its turn comes, as one that
// has just been added does. It is no crash and waits for no back-off, but counts as a
// restart where it has run.
func (m *Machine) startAfresh(c *container, why string) {
	m.disarm(TimerRetry, c)
	m.disarm(TimerBackoff, c)
	m.forgive(c)
	if !c.state.alive() { // or its end has begun a generation
		c.gen++
	}
	c.passed, c.hold.parked = false, false
	if c.last == nil {
		m.note(LevelInfo, c, Waiting, why)
		c.due = false
		return
	}
	m.backToWaiting(c, why)
}

// isScene tells whether people may be looking at a container: it is held, or runs with
// KeepHeld.
func (c *container) isScene() bool { return c.state == Held || c.hold.kept && c.running() }

// beginRemoval takes a container out of the pod: at once where nothing of it is there, and
// else once it has ended. What is held is kept until it is released.
func (m *Machine) beginRemoval(c *container) {
	c.removed = true
	switch {
	case c.isScene():
		c.due = false // a retry that has not come yet
		m.note(LevelInfo, c, c.state, "a reload has removed it: kept as it is until it is released")
	case c.state.alive():
		c.hold.trial, c.hold.kept, c.due = false, false, false
		c.goal, c.reloadWhy = goalReload, "a reload has removed it"
	default:
		m.disarm(TimerRetry, c)
		m.disarm(TimerBackoff, c)
		c.gen++
		m.remove(c, "a reload has removed it")
	}
}

// remove says that nothing is left of a container that is no longer in the manifest.
func (m *Machine) remove(c *container, why string) {
	var status *Status
	if c.state.alive() && c.last != nil {
		status = &c.last.Status
	}
	m.noteEnd(LevelInfo, c, Removed, why, status)
	c.pid, c.due = 0, false
	c.hold.trial, c.hold.kept, c.hold.parked = false, false, false
}

// purge forgets the containers that were to be removed and are gone.
func (m *Machine) purge() {
	gone := func(c *container) bool { return c.removed && !c.state.alive() && c.state != Held }
	if !slices.ContainsFunc(m.all, gone) {
		return
	}
	for _, c := range m.all {
		if gone(c) {
			m.lastGen, m.lastProbe = max(m.lastGen, c.gen), max(m.lastProbe, c.probeNumber)
			for _, p := range c.probes {
				m.lastProbe = max(m.lastProbe, p.number)
			}
			delete(m.byName, c.spec.Name)
			m.disarmJob(c)
			m.act(Forget{Name: c.spec.Name})
		}
	}
	m.inits = slices.DeleteFunc(slices.Clone(m.inits), gone)
	m.mains = slices.DeleteFunc(slices.Clone(m.mains), gone)
	m.all = slices.Concat(m.inits, m.mains)
	m.link()
}

// renewing tells whether the present run of a container is to end because of a reload.
func (c *container) renewing() bool { return c.goal == goalReload && c.state.alive() }

// removing tells whether something that a reload has removed is still there.
func (m *Machine) removing() bool {
	return slices.ContainsFunc(m.all, func(c *container) bool { return c.removed && c.renewing() })
}

// advanceReload stops what a reload has removed, and when that is gone, what it has
// changed: so nothing new meets what is to go, and what is changed is down for no longer
// than its own end and start take. Each time it goes as at the end of the pod: sidecars
// when the others are gone, the last one first; and what takes others along when these are.
// It tells whether it has stopped any.
func (m *Machine) advanceReload() (stopped bool) {
	removing := m.removing()
	inTheWay := false
	for i, c := range slices.Backward(m.all) {
		switch {
		case !c.renewing(), removing && !c.removed, inTheWay && c.role == RoleSidecar:
			continue
		case !c.removed && slices.ContainsFunc(m.all[:i], (*container).owesItsPart):
			continue // it goes on until what it needs by now is there
		case c.state == Running && c.takesAlong() == nil:
			m.stop(c, m.spec.Grace, c.reloadWhy)
			stopped = true
		}
		inTheWay = true
	}
	return stopped
}

// owesItsPart tells of a plain init container that has not done its part.
func (c *container) owesItsPart() bool { return c.role == RoleInit && !c.passed && !c.removed }
