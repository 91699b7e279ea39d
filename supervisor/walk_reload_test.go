package supervisor_test

import (
	"reflect"
	"slices"

	"github.com/nile-init/nile/supervisor"
)

// reloadWatched is what an outsider knows of a container's part in reloads.
type reloadWatched struct {
	next     *supervisor.Container // what it is from its next start on
	removed  bool
	defined  *supervisor.Container // what the host has been told that it is
	replaced []*watchedProbe       // of another spec, to be given up in this step if in flight
	numbers  int                   // the highest number of probes that it has no more
}

// request is a reload of this step and what the rules say of it.
type request struct {
	event   supervisor.Reload
	refusal supervisor.Refusal
	changes map[string]supervisor.ChangeAction
	along   []string // of these, those that only what they depend on restarts
	replied bool
}

// reload takes note of a reload and of what it sets going.
func (o *observer) reload(e supervisor.Reload) {
	o.request = &request{event: e, refusal: o.judgeReload(&e.Spec), changes: map[string]supervisor.ChangeAction{}}
	if o.request.refusal != "" {
		o.met["refused reload "+string(o.request.refusal)]++
		return
	}
	o.met["reload"]++
	before := *o.spec
	if !samePod(before, e.Spec) {
		o.request.changes[""] = supervisor.ChangeUpdate
	}
	var now []*watched
	was := slices.Clone(o.all)
	if !e.DryRun {
		o.takeOnPod(e.Spec)
	}
	for i := range e.Spec.Init {
		role := supervisor.RoleInit
		if e.Spec.Init[i].Sidecar {
			role = supervisor.RoleSidecar
		}
		now = append(now, o.become(&e.Spec.Init[i], role, e.DryRun))
	}
	inits := len(now)
	for i := range e.Spec.Main {
		now = append(now, o.become(&e.Spec.Main[i], mainRole(&e.Spec.Main[i]), e.DryRun))
	}
	for _, c := range was {
		if !slices.Contains(now, c) && !c.removed {
			o.request.changes[c.spec.Name] = supervisor.ChangeStop
		}
		if !slices.Contains(now, c) && !e.DryRun {
			o.takeOut(c)
		}
	}
	o.alsoRestarts(slices.Concat(e.Spec.Init, e.Spec.Main))
	if e.DryRun {
		return
	}
	o.inits = o.withRemoved(now[:inits:inits], o.inits)
	o.mains = o.withRemoved(now[inits:], o.mains)
	o.all = slices.Concat(o.inits, o.mains)
	o.redepend()
}

func (o *observer) judgeReload(spec *supervisor.Spec) supervisor.Refusal {
	names := map[string]bool{}
	for _, c := range slices.Concat(spec.Init, spec.Main) {
		names[c.Name] = true
	}
	switch {
	case o.spec.Forward || spec.Forward:
		return supervisor.RefusedSpec
	case o.ending:
		return supervisor.RefusedEnding
	case !o.booted || o.anew != nil:
		return supervisor.RefusedState
	case !slices.ContainsFunc(spec.Main, func(c supervisor.Container) bool { return c.Every == 0 }) || len(names) < len(spec.Init)+len(spec.Main):
		return supervisor.RefusedSpec
	}
	return ""
}

// samePod compares what is not one container's: all but their order by reflection.
func samePod(a, b supervisor.Spec) bool {
	inOrder := func(a, b []supervisor.Container) bool {
		order := func(list, other []supervisor.Container) (names []string) {
			for _, c := range list {
				if slices.ContainsFunc(other, func(o supervisor.Container) bool { return o.Name == c.Name }) {
					names = append(names, c.Name)
				}
			}
			return names
		}
		return slices.Equal(order(a, b), order(b, a))
	}
	same := inOrder(a.Init, b.Init) && inOrder(a.Main, b.Main)
	oa, ob := observer{spec: &a}, observer{spec: &b}
	a.Backoff, b.Backoff = oa.backoff(), ob.backoff()
	a.Init, a.Main, b.Init, b.Main = nil, nil, nil, nil
	return same && reflect.DeepEqual(a, b)
}

// takeOnPod takes note of what holds for all containers from now on.
func (o *observer) takeOnPod(spec supervisor.Spec) {
	before := o.backoff()
	if spec.Hold.For != o.spec.Hold.For {
		o.holdDue = max(o.heldAt+spec.Hold.For, o.now)
	}
	o.spec = &spec
	for _, c := range o.all {
		if o.backoff() != before {
			c.nth = 0
		}
		if c.young { // its stop has not begun
			c.ownGrace = spec.Grace
		}
	}
}

// become takes note that a container is to be one of the new spec.
func (o *observer) become(spec *supervisor.Container, role supervisor.Role, dryRun bool) *watched {
	i := slices.IndexFunc(o.all, func(c *watched) bool { return c.spec.Name == spec.Name })
	if i < 0 {
		o.request.changes[spec.Name] = supervisor.ChangeStart
		if dryRun {
			return nil
		}
		c := o.watch(spec, role)
		c.defined = nil
		return c
	}
	c := o.all[i]
	desired := c.spec
	if c.next != nil {
		desired = c.next
	}
	if !c.removed && c.role == role && sameContainer(desired, spec) {
		return c
	}
	restarts := c.removed || c.role != role || !slices.Equal(desired.Process.Argv, spec.Process.Argv) || desired.Notify != spec.Notify
	how := o.reaction(c, role, restarts)
	if how != "" {
		o.met["reloaded: "+how]++
		o.request.changes[spec.Name] = supervisor.ChangeUpdate
		if how == "afresh" || how == "replaced" {
			o.request.changes[spec.Name] = supervisor.ChangeRestart
		}
	}
	if c.removed {
		o.request.changes[spec.Name] = supervisor.ChangeStart
	}
	if !dryRun {
		o.react(c, spec, role, how)
	}
	return c
}

func sameContainer(a, b *supervisor.Container) bool { return reflect.DeepEqual(a, b) }

// reaction is how a container takes a change.
func (o *observer) reaction(c *watched, role supervisor.Role, restarts bool) string {
	alive, moved := c.phase.alive(), c.role != role
	stopping := c.noteState == "Stopping" || c.noteState == "Killing" || c.noteState == "Emptying"
	switch {
	case restarts && c.role == supervisor.RoleInit && role == supervisor.RoleInit && c.noteState == "Completed":
		return "taken on"
	case !restarts && (c.next != nil || c.phase == held || stopping):
		return "kept for later"
	case !restarts:
		return "taken on"
	case c.phase == held || c.kept || alive && c.goal != "" && c.goal != "restart" && c.goal != "follow" && c.goal != "reload" && !(c.goal == "park" && moved):
		return "kept for later"
	case c.phase == stopped && !(c.parked && moved) || c.phase == fresh:
		return "taken on"
	case c.isJob() && !moved && !alive:
		return "taken on"
	case alive:
		return "replaced"
	}
	return "afresh"
}

// react takes note of what comes of a change.
func (o *observer) react(c *watched, spec *supervisor.Container, role supervisor.Role, how string) {
	if c.role != role {
		c.startDue = c.startDue && !(c.isJob() && c.phase == fresh)
		c.role, c.passed = role, false
	}
	c.removed = false
	switch how {
	case "kept for later":
		c.next = spec
	case "taken on":
		o.take(c, spec)
	case "replaced":
		c.next, c.goal = spec, "reload"
	case "afresh":
		o.take(c, spec)
		o.startAfresh(c)
	}
}

// take takes note that a container is described by another spec from now on. Probes that
// are the same go on; for others what held holds.
func (o *observer) take(c *watched, spec *supervisor.Container) {
	started := c.hasStarted()
	ready := started && c.succeeded(supervisor.ProbeReadiness)
	old := c.probes
	c.renewNews(spec)
	c.spec, c.next, c.probes = spec, nil, watchProbes(spec)
	for _, p := range old {
		i := slices.IndexFunc(c.probes, func(now *watchedProbe) bool { return now.kind == p.kind && reflect.DeepEqual(now.spec, p.spec) })
		if i >= 0 {
			c.probes[i] = p
			continue
		}
		c.numbers = max(c.numbers, p.number)
		c.replaced = append(c.replaced, p)
	}
	for _, p := range c.probes {
		if slices.Contains(old, p) {
			continue
		}
		p.number = c.numbers
		p.reset()
		if p.kind == supervisor.ProbeStartup && started || p.kind == supervisor.ProbeReadiness && ready {
			p.result = supervisor.ProbeSuccess
		}
	}
}

// startAfresh takes note that a container that does not run waits for its turn again.
func (o *observer) startAfresh(c *watched) {
	c.phase, c.startDue, c.passed, c.parked = fresh, false, false, false
	o.forgive(c)
	if c.ran {
		if !c.isJob() {
			c.restarts++
		}
		c.override = nil
	}
}

// takeOut takes note that a container is to be removed.
func (o *observer) takeOut(c *watched) {
	if c.removed {
		return
	}
	c.removed = true
	switch {
	case c.phase == held || c.kept && c.phase == running:
		o.met["removed while held"]++
		c.startDue = false
	case c.phase.alive():
		o.met["removed while it runs"]++
		c.goal, c.trial, c.kept, c.startDue = "reload", false, false, false
	default:
		o.met["removed at once"]++
		c.phase = gone
	}
}

// withRemoved are a list and those of another one that are removed, behind those that they
// stood behind there.
func (o *observer) withRemoved(list, old []*watched) []*watched {
	at := 0
	for _, c := range old {
		if i := slices.Index(list, c); i >= 0 {
			at = i + 1
		} else if c.removed {
			list = slices.Insert(list, at, c)
			at++
		}
	}
	return list
}

// renewing tells whether the present run of a container is to end because of a reload.
func (c *watched) renewing() bool { return c.goal == "reload" && c.phase.alive() }

func (o *observer) removing() bool {
	return slices.ContainsFunc(o.all, func(c *watched) bool { return c.removed && c.renewing() })
}

// reloadTurn tells whether a container's turn has come to be stopped by a reload: what is
// removed goes first; what is changed waits for new init containers before it; sidecars go
// when what comes later has.
func (o *observer) reloadTurn(c *watched) bool {
	if !c.renewing() || o.removing() && !c.removed || o.waitsForInit(c) || o.takesAlong(c) {
		return false
	}
	if c.role != supervisor.RoleSidecar {
		return true
	}
	for _, later := range o.all[slices.Index(o.all, c)+1:] {
		if later.renewing() && later.removed == c.removed && !o.waitsForInit(later) {
			return false
		}
	}
	return true
}

// waitsForInit tells whether a container that has changed goes on because a plain init
// container before it has not done its part.
func (o *observer) waitsForInit(c *watched) bool {
	if c.removed {
		return false
	}
	for _, before := range o.all[:slices.Index(o.all, c)] {
		if before.role == supervisor.RoleInit && !before.passed && !before.removed {
			return true
		}
	}
	return false
}

// freshTurn tells whether a container that waits for its turn may start: besides, nothing
// may be left of what is removed, and no init container before it may be on its way out.
func (o *observer) freshTurn(c *watched) bool {
	if o.removing() || !o.isTurnOf(c) {
		return false
	}
	for _, before := range o.inits {
		if before == c {
			break
		}
		if before.renewing() {
			return false
		}
	}
	return true
}

// reloaded: each reload has exactly one answer, in the same step, which says what the rules
// say.
func (o *observer) reloaded(a supervisor.Reloaded) {
	if o.request == nil || o.request.event.ID != a.ID || o.request.replied || a.DryRun != o.request.event.DryRun {
		o.fail("answer %+v to no reload", a)
		return
	}
	o.request.replied = true
	if a.Refusal != o.request.refusal || a.Message == "" {
		o.fail("the reload is answered by refusal %q (%s), should be %q", a.Refusal, a.Message, o.request.refusal)
	}
	changes := map[string]supervisor.ChangeAction{}
	for _, c := range a.Changes {
		changes[c.Name] = c.Action
	}
	if !reflect.DeepEqual(changes, o.request.changes) || len(changes) != len(a.Changes) {
		o.fail("the reload does %v, should do %v", a.Changes, o.request.changes)
	}
}

// define: the host is told once of each spec that a container takes on.
func (o *observer) define(a supervisor.Define) {
	c := o.find(a.Container.Name)
	if c.next != nil && a.Container == c.next { // with the start that comes now
		o.take(c, c.next)
	}
	if a.Container != c.spec || a.Role != c.role || c.defined == a.Container {
		o.fail("%s is defined as %+v, should be %+v, once", a.Container.Name, *a.Container, *c.spec)
	}
	c.defined = a.Container
}

// isNothing tells whether a container is removed and nothing is left of it.
func (c *watched) isNothing() bool { return c.removed && !c.phase.alive() && c.phase != held }

// forget: only what is removed and of which nothing is left.
func (o *observer) forget(a supervisor.Forget) {
	c := o.find(a.Name)
	if !c.isNothing() {
		o.fail("%s is forgotten and is still there", a.Name)
	}
	o.met["forgotten"]++
	out := func(other *watched) bool { return other == c }
	o.inits, o.mains = slices.DeleteFunc(slices.Clone(o.inits), out), slices.DeleteFunc(slices.Clone(o.mains), out)
	o.all = slices.Concat(o.inits, o.mains)
}

// mustReload checks that a reload has been answered, that the host knows what each
// container is, and that nothing goes on for what is gone.
func (o *observer) mustReload() {
	if o.request != nil && !o.request.replied {
		o.fail("reload %d is not answered", o.request.event.ID)
	}
	o.request = nil
	for _, c := range o.all {
		if c.isNothing() {
			o.fail("%s is removed and not forgotten", c.spec.Name)
		}
		if c.defined != c.spec {
			o.fail("the host does not know what %s is", c.spec.Name)
		}
		for _, p := range c.replaced {
			if p.inFlight {
				o.fail("the %s probe of %s is another by now and goes on", p.kind, c.spec.Name)
			}
			if c.probe(p.kind) == nil {
				o.mustNotBeArmed(probeTimer(p.kind), c.spec.Name)
				o.mustNotBeArmed(timeoutTimer(p.kind), c.spec.Name)
			}
		}
		c.replaced = nil
	}
}

// known tells whether there is a container of a name.
func (o *observer) known(name string) bool {
	return slices.ContainsFunc(o.all, func(c *watched) bool { return c.spec.Name == name })
}

// alsoRestarts takes note of what a reload restarts besides: who runs, and depends on what it
// restarts so that it is taken along.
func (o *observer) alsoRestarts(list []supervisor.Container) {
	for before := -1; before != len(o.request.along); {
		before = len(o.request.along)
		for _, spec := range list {
			for _, d := range spec.DependsOn {
				action := o.request.changes[spec.Name]
				if d.OnRestart != supervisor.OnRestartRestart || o.request.changes[d.Name] != supervisor.ChangeRestart || action != "" && action != supervisor.ChangeUpdate {
					continue
				}
				if c := o.find(spec.Name); (c.phase == asked || c.phase == running && !c.beingStopped()) && c.goal == "" && !c.kept {
					o.met["reloaded: along"]++
					o.request.changes[spec.Name], o.request.along = supervisor.ChangeRestart, append(o.request.along, spec.Name)
				}
			}
		}
	}
}
