package supervisor_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// addDependencies makes containers depend on others, without a cycle: init containers on
// earlier ones; mains on all of these, and on mains that a random order puts before them.
func addDependencies(rng *rand.Rand, spec *supervisor.Spec) {
	if !chance(rng, 50) {
		return
	}
	var names []string
	depend := func(c *supervisor.Container) {
		for _, name := range names {
			if chance(rng, 50) {
				c.DependsOn = append(c.DependsOn, randomDependency(rng, name))
			}
		}
		if chance(rng, 8) {
			c.DependsOn = append(c.DependsOn, randomDependency(rng, "peer"))
		}
	}
	for i := range spec.Init {
		depend(&spec.Init[i])
		names = append(names, spec.Init[i].Name)
	}
	for _, i := range rng.Perm(len(spec.Main)) {
		depend(&spec.Main[i])
		if spec.Main[i].Every == 0 { // nothing can wait for a job
			names = append(names, spec.Main[i].Name)
		}
	}
}

func randomDependency(rng *rand.Rand, name string) supervisor.Dependency {
	return supervisor.Dependency{
		Name:      name,
		Condition: oneOf(rng, "", supervisor.DependencyStarted, supervisor.DependencyStarted, supervisor.DependencyReady, supervisor.DependencyCompleted),
		OnRestart: oneOf(rng, "", supervisor.OnRestartIgnore, supervisor.OnRestartRestart, supervisor.OnRestartRestart),
	}
}

// redepend sometimes changes what a container depends on, so that no cycle comes of it.
func (l *life) redepend(spec *supervisor.Spec) {
	all := slices.Concat(spec.Init, spec.Main)
	if len(all) == 0 || !chance(l.others, 25) {
		return
	}
	list := &spec.Main
	if len(spec.Init) > 0 && chance(l.others, 30) {
		list = &spec.Init
	}
	if len(*list) == 0 {
		return
	}
	c := &(*list)[l.others.IntN(len(*list))]
	c.DependsOn = slices.Clone(c.DependsOn)
	if len(c.DependsOn) > 0 && chance(l.others, 50) {
		i := l.others.IntN(len(c.DependsOn))
		c.DependsOn = slices.Delete(c.DependsOn, i, i+1)
		return
	}
	other := &all[l.others.IntN(len(all))]
	if other.Every > 0 || l.reaches(all, other.Name, c.Name) || slices.ContainsFunc(c.DependsOn, func(d supervisor.Dependency) bool { return d.Name == other.Name }) {
		return
	}
	c.DependsOn = append(c.DependsOn, randomDependency(l.others, other.Name))
}

// reaches tells whether one container is another one, or depends on it, as the spec says or
// as it is now.
func (l *life) reaches(all []supervisor.Container, from, to string) bool {
	if from == to {
		return true
	}
	for _, d := range dependenciesOf(all, l.observer, from) {
		if l.reaches(all, d.Name, to) {
			return true
		}
	}
	return false
}

// dependenciesOf are those of a container of a name in a list, and of the one that there is.
func dependenciesOf(all []supervisor.Container, o *observer, name string) (list []supervisor.Dependency) {
	for _, c := range all {
		if c.Name == name {
			list = append(list, c.DependsOn...)
		}
	}
	if c := o.byName(name); c != nil {
		list = append(append(list, deps(c)...), c.spec.DependsOn...)
	}
	return list
}

// disturbPeers sometimes tells of another nile, whether anybody depends on it or not.
func (l *life) disturbPeers() {
	if chance(l.others, 8) {
		l.tell(supervisor.PeerChanged{Name: oneOf(l.others, "peer", "peer", "stranger"), Peer: supervisor.Peer{
			Started: chance(l.others, 60), Ready: chance(l.others, 50), Completed: chance(l.others, 40), Run: oneOf(l.others, "", "1", "2"),
		}}, false)
	}
	if l.others.IntN(4000) == 0 {
		l.tell(supervisor.PeersEnded{Why: "the others have ended"}, false)
	}
}

// deps are what a container depends on, or will at its next start.
func deps(c *watched) []supervisor.Dependency {
	if c.next != nil {
		return c.next.DependsOn
	}
	return c.spec.DependsOn
}

// byName is a container of the pod; nil for a peer.
func (o *observer) byName(name string) *watched {
	for _, c := range o.all {
		if c.spec.Name == name {
			return c
		}
	}
	return nil
}

// isMet tells whether a dependency is as its condition wants it.
func (o *observer) isMet(d *supervisor.Dependency) bool {
	on := o.byName(d.Name)
	if on == nil {
		peer := o.peers[d.Name]
		switch d.Condition {
		case supervisor.DependencyReady:
			return peer.Ready
		case supervisor.DependencyCompleted:
			return peer.Completed
		}
		return peer.Started
	}
	succeeded := on.phase == over && !on.failed()
	up := o.isUp(on)
	switch d.Condition {
	case supervisor.DependencyReady:
		return up && on.succeeded(supervisor.ProbeReadiness) && !on.saidStopping || on.role == supervisor.RoleInit && succeeded
	case supervisor.DependencyCompleted:
		return succeeded
	}
	return up || succeeded
}

func (o *observer) needsMet(c *watched) bool {
	for _, d := range deps(c) {
		if !o.isMet(&d) {
			return false
		}
	}
	return true
}

// redepend takes note of what a reload has made of the dependencies: what is new counts as
// it is now.
func (o *observer) redepend() {
	for _, c := range o.all {
		seen, seenRun := map[string]int{}, map[string]string{}
		for _, d := range deps(c) {
			before, known := c.seen[d.Name]
			if on := o.byName(d.Name); on != nil && !known {
				before = on.runs
			}
			run, known := c.seenRun[d.Name]
			if !known {
				run = o.peers[d.Name].Run
			}
			seen[d.Name], seenRun[d.Name] = before, run
		}
		c.seen, c.seenRun = seen, seenRun
	}
}

// starts takes note of the runs of its dependencies with which a container is started, and
// of who is taken along by that.
func (o *observer) starts(c *watched) {
	c.runs++
	c.seen, c.seenRun = map[string]int{}, map[string]string{}
	for _, d := range deps(c) {
		if on := o.byName(d.Name); on != nil {
			c.seen[d.Name] = on.runs
		}
		c.seenRun[d.Name] = o.peers[d.Name].Run
	}
	o.follow()
}

// follow works out who is taken along, and by these, until nobody is added.
func (o *observer) follow() {
	if o.ending || o.anew != nil || !o.booted {
		return
	}
	for again := true; again; {
		again = false
		for _, c := range o.all {
			_, must := o.toStop(c) // for a reason of its own
			if (c.phase == running && !c.beingStopped() && !must || c.phase == asked) && c.goal == "" && !c.kept && o.isTakenAlong(c) {
				o.met["taken along"]++
				c.goal, again = "follow", true
			}
		}
	}
}

func (o *observer) isTakenAlong(c *watched) bool {
	return slices.ContainsFunc(deps(c), func(d supervisor.Dependency) bool {
		if d.OnRestart != supervisor.OnRestartRestart {
			return false
		}
		on := o.byName(d.Name)
		if on == nil {
			run := o.peers[d.Name].Run
			return run != "" && run != c.seenRun[d.Name]
		}
		return on.runs != c.seen[d.Name] || on.phase == resting || on.renewing() && !on.removed || on.phase == stopped && !on.parked ||
			on.goal == "stop" || on.goal == "restart" || on.goal == "retry" || on.goal == "follow"
	})
}

// goesFirst tells whether what takes a container along waits for its end.
func (o *observer) goesFirst(c *watched) bool {
	waiting := c.phase == running && c.stage == stageNone && c.killedAt < 0
	return c.phase.alive() && (!waiting || c.goal != "" && c.goal != "reload")
}

// takesAlong tells whether a container has to wait with its stop for those that it takes
// along.
func (o *observer) takesAlong(c *watched) bool {
	for _, other := range o.all {
		for _, d := range deps(other) {
			if d.Name == c.spec.Name && d.OnRestart == supervisor.OnRestartRestart && o.goesFirst(other) {
				o.met["takes along in order"]++
				return true
			}
		}
	}
	return false
}

// dependsOn tells whether a container depends on another one, however indirectly.
func (o *observer) dependsOn(c, on *watched) bool {
	return slices.ContainsFunc(deps(c), func(d supervisor.Dependency) bool {
		next := o.byName(d.Name)
		return next != nil && (next == on || o.dependsOn(next, on))
	})
}

func (o *observer) hasDependants(c *watched) bool {
	return slices.ContainsFunc(o.all, func(other *watched) bool { return o.dependsOn(other, c) })
}

// isNeeded tells whether something lives that depends on a container.
func (o *observer) isNeeded(c *watched) bool {
	needed := slices.ContainsFunc(o.all, func(other *watched) bool { return other.phase.alive() && o.dependsOn(other, c) })
	if needed {
		o.met["needed at the end"]++
	}
	return needed
}

// isAwaited tells whether somebody waits for a container to be Completed: not one that is
// removed and of which nothing is left.
func (o *observer) isAwaited(c *watched) bool {
	return slices.ContainsFunc(o.all, func(other *watched) bool {
		return !other.isNothing() && slices.ContainsFunc(deps(other), func(d supervisor.Dependency) bool {
			return d.Name == c.spec.Name && d.Condition == supervisor.DependencyCompleted
		})
	})
}

// waitsOn tells whether a container that is to be started waits for another one that is
// of a kind, or that waits for such a one itself.
func (o *observer) waitsOn(c *watched, is func(*watched) bool) bool {
	if c.phase != fresh && c.phase != resting && c.phase != noRoom && !c.startDue {
		return false
	}
	return slices.ContainsFunc(deps(c), func(d supervisor.Dependency) bool {
		on := o.byName(d.Name)
		return on != nil && !o.isMet(&d) && (!on.startDue && is(on) || o.waitsOn(on, is))
	})
}

// isDoomed tells whether a container can never be started, unless somebody helps.
func (o *observer) isDoomed(c *watched) bool {
	return o.waitsOn(c, func(on *watched) bool { return on.phase == over })
}

// isStalled tells whether it waits for what only a person brings about.
func (o *observer) isStalled(c *watched) bool {
	return o.waitsOn(c, func(on *watched) bool { return on.phase == over || on.phase == held || on.phase == stopped })
}

// compareWaits checks that a snapshot names what a container waits for that nothing but
// its dependencies keeps from its start.
func (o *observer) compareWaits(c *watched, got supervisor.ContainerSnapshot) {
	if got.WaitsFor != "" && (o.ending || o.needsMet(c)) {
		o.fail("the snapshot says that %s waits for %s, and it need not", c.spec.Name, got.WaitsFor)
	}
	turn := c.phase == fresh && !c.isJob() && o.freshTurn(c) || (c.phase == resting && c.dueReached || c.startDue) && o.mayStart(c)
	if !turn || o.ending || o.anew != nil || !o.booted || o.holder(c) != nil {
		return
	}
	for _, d := range deps(c) {
		if !o.isMet(&d) && !strings.Contains(got.WaitsFor, d.Name+" to be ") {
			o.fail("%s waits for %s, and the snapshot says that it waits for %q", c.spec.Name, d.Name, got.WaitsFor)
		}
	}
}
