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
