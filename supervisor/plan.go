package supervisor

import (
	"fmt"
	"slices"
)

// ChangeAction is what a reload does to a container.
type ChangeAction string

// The actions.
const (
	ChangeStart   ChangeAction = "start"   // it is new
	ChangeStop    ChangeAction = "stop"    // it is no longer in the manifest
	ChangeRestart ChangeAction = "restart" // something has changed that a process is started with
	ChangeUpdate  ChangeAction = "update"  // taken on in place: nothing is started or stopped
)

// Change is one difference between two specs, and what becomes of it.
type Change struct {
	Name   string       `json:"name,omitempty"` // the container; empty for what the pod has for all
	Role   Role         `json:"role,omitempty"` // in the new spec, or else in the old one
	Action ChangeAction `json:"action"`
	// Fields are what has changed, in the words of the manifest and without their values,
	// which may be secrets.
	Fields []string `json:"fields,omitempty"`
	// Note says, for people, what is special about it: that it comes later, or not at all.
	Note string `json:"note,omitempty"`
}

// placed is a container of a spec and where it stands.
type placed struct {
	*Container
	role Role
}

// placedIn are all containers of a spec, in order.
func placedIn(spec *Spec) []placed {
	var all []placed
	for i := range spec.Init {
		all = append(all, placed{&spec.Init[i], roleOf(&spec.Init[i])})
	}
	for i := range spec.Main {
		all = append(all, placed{&spec.Main[i], mainRole(&spec.Main[i])})
	}
	return all
}

// roleOf is the role of an init container.
func roleOf(c *Container) Role {
	if c.Sidecar {
		return RoleSidecar
	}
	return RoleInit
}

func find(list []placed, name string) (placed, bool) {
	for _, c := range list {
		if c.Name == name {
			return c, true
		}
	}
	return placed{}, false
}

// Plan works out the least that has to be done to a pod of one spec so that it becomes one
// of another: first what all containers share, then the containers of the new spec in its
// order, then those that it has no more. What is not mentioned is not touched. A container
// that has another name is another container.
func Plan(before, after *Spec) []Change {
	var changes []Change
	if fields := podDifferences(before, after); len(fields) > 0 {
		changes = append(changes, Change{Action: ChangeUpdate, Fields: fields})
	}
	old, now := placedIn(before), placedIn(after)
	for _, c := range now {
		was, ok := find(old, c.Name)
		if !ok {
			changes = append(changes, Change{Name: c.Name, Role: c.role, Action: ChangeStart})
		} else if change, differs := changeOf(was, c); differs {
			changes = append(changes, change)
		}
	}
	for _, c := range old {
		if _, ok := find(now, c.Name); !ok {
			changes = append(changes, Change{Name: c.Name, Role: c.role, Action: ChangeStop})
		}
	}
	return changes
}

// changeOf compares a container with what it is to be.
func changeOf(was, c placed) (change Change, differs bool) {
	change = Change{Name: c.Name, Role: c.role}
	restart, update, later := differences(was.Container, c.Container)
	if was.role != c.role {
		restart = append([]string{fmt.Sprintf("place (%s, now %s)", placeOf(was.role), placeOf(c.role))}, restart...)
	}
	change.Fields = slices.Concat(restart, update, later)
	switch {
	case len(change.Fields) == 0:
		return change, false
	case len(restart) > 0:
		change.Action = ChangeRestart
	default:
		change.Action = ChangeUpdate
		if len(later) > 0 {
			change.Note = joined(later) + " from its next start on"
		}
	}
	return change, true
}

// placeOf says in the words of the manifest where containers of a role stand.
func placeOf(role Role) string {
	switch role {
	case RoleInit:
		return "an init container"
	case RoleSidecar:
		return "a sidecar"
	case RoleJob:
		return "a job"
	case RoleMain:
	}
	return "a container"
}

// podDifferences names what has changed for all containers.
func podDifferences(a, b *Spec) []string {
	var fields []string
	note := func(same bool, field string) {
		if !same {
			fields = append(fields, field)
		}
	}
	note(a.Name == b.Name, "metadata.name")
	note(a.RestartPolicy == b.RestartPolicy, "restartPolicy")
	note(a.Grace == b.Grace, "terminationGracePeriodSeconds")
	note(a.ShutdownTimeout == b.ShutdownTimeout, "nile.shutdownTimeout")
	note(a.Backoff.withDefaults() == b.Backoff.withDefaults(), "nile.backoff")
	note(a.ExitWhen == b.ExitWhen, "nile.exitWhen")
	note(a.Hold.OnFailure == b.Hold.OnFailure, "nile.onFailure")
	note(a.Hold.For == b.Hold.For, "nile.holdFor")
	note(a.Hold.AfterRestarts == b.Hold.AfterRestarts, "nile.holdAfterRestarts")
	note(a.Hold.Sidecars == b.Hold.Sidecars, "nile.holdSidecars")
	note(sameSignals(a.Signals, b.Signals), "nile.signals")
	note(slices.Equal(a.Remap, b.Remap), "exit codes")
	note(a.WarnOrphans == b.WarnOrphans, "orphans")
	note(sameOrder(a.Init, b.Init), "order of initContainers")
	note(sameOrder(a.Main, b.Main), "order of containers")
	return fields
}

func sameSignals(a, b map[int]int) bool {
	for from, to := range a {
		if other, ok := b[from]; !ok || other != to {
			return false
		}
	}
	return len(a) == len(b)
}

// sameOrder tells whether the containers that are in both lists stand in the same order.
func sameOrder(before, after []Container) bool {
	last := -1
	for i := range after {
		at := slices.IndexFunc(before, func(c Container) bool { return c.Name == after[i].Name })
		if at >= 0 && at < last {
			return false
		}
		last = max(last, at)
	}
	return true
}
