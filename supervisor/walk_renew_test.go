package supervisor_test

import (
	"reflect"
	"slices"

	"github.com/nile-init/nile/supervisor"
)

// What a reload does to a container: how it takes a change, and when its turn has come.

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

// isNothing tells whether a container is removed and nothing is left of it.
func (c *watched) isNothing() bool { return c.removed && !c.phase.alive() && c.phase != held }
