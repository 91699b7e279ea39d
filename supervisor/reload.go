package supervisor

import (
	"fmt"
	"slices"
	"strings"
)

// Reload asks for the pod to become one of another spec. A [Reloaded] with its ID answers
// it in the same step.
type Reload struct {
	ID     uint64
	Spec   Spec
	DryRun bool // only work out what would be done

	// Started are the processes that containers were last started with, where these are not
	// those of their specs: parts of them come from files. They are what the new spec's
	// processes are compared with.
	Started map[string]*Process
}

// Reloaded answers a [Reload]: Refusal is empty where it has been accepted, or, in a dry
// run, would be. Changes is what is done, which may be nothing.
type Reloaded struct {
	ID      uint64
	DryRun  bool
	Refusal Refusal
	Message string // for people
	Changes []Change
	Spec    *Spec // that is the pod's from now on; nil where it has been refused, and in a dry run
}

// Define says that a container is described by this spec from now on: a reload has added
// it, or changed it. It comes before the first action of the container that heeds it.
type Define struct {
	Container *Container
	Role      Role
}

// Forget says that nothing is left of a container which a reload has taken out of the pod.
type Forget struct{ Name string }

func (Reload) event()    {}
func (Reloaded) action() {}
func (Define) action()   {}
func (Forget) action()   {}

// reload answers a Reload and, where it is accepted, begins it.
func (m *Machine) reload(e *Reload) {
	answer := Reloaded{ID: e.ID, DryRun: e.DryRun}
	if no := m.mayReload(&e.Spec); no != nil {
		answer.Refusal, answer.Message = no.refusal, no.message
		m.settled = true // nothing changes
		if !e.DryRun {
			m.act(Note{Level: LevelWarn, Why: "reload refused: " + no.message})
		}
		m.act(answer)
		return
	}
	answer.Changes = Plan(m.asStarted(e.Started), &e.Spec)
	reactions := make([]reaction, len(answer.Changes))
	for i := range answer.Changes {
		reactions[i] = m.explain(&answer.Changes[i])
	}
	answer.Message = summary(answer.Changes)
	answer.Changes = m.alsoRestarted(answer.Changes, &e.Spec)
	m.settled = e.DryRun
	if !e.DryRun {
		answer.Spec = &e.Spec
	}
	m.act(answer)
	if !e.DryRun {
		m.notePod(LevelInfo, m.state, "reloaded: "+answer.Message)
		m.become(&e.Spec, answer.Changes, reactions)
	}
}

// asStarted is the spec of the pod with the processes that containers were started with.
// What has been changed already, and waits for its next start, is what the spec says.
func (m *Machine) asStarted(processes map[string]*Process) *Spec {
	if len(processes) == 0 {
		return &m.spec
	}
	spec := m.spec
	spec.Init, spec.Main = slices.Clone(spec.Init), slices.Clone(spec.Main)
	for _, c := range placedIn(&spec) {
		if p := processes[c.Name]; p != nil && m.byName[c.Name].next == nil {
			c.Process = *p
		}
	}
	return &spec
}

// mayReload tells why the pod cannot become one of a spec now; nil where it can.
func (m *Machine) mayReload(spec *Spec) *refused {
	switch {
	case m.spec.Forward || spec.Forward:
		return &refused{RefusedSpec, "a command that nile wraps has no manifest to reload: use nile run FILE"}
	case m.ending != nil:
		return &refused{RefusedEnding, "the pod is ending"}
	case m.state == PodNew:
		return notNow("the pod has not begun yet: try again in a moment")
	case m.anew != nil:
		return notNow("all containers are being ended to start anew: try again when they run")
	case !slices.ContainsFunc(placedIn(spec), func(c placed) bool { return c.role == RoleMain }):
		return &refused{RefusedSpec, "nothing that lasts would be left to run: name one container at least that is no job, or end the pod by SIGTERM"}
	}
	all := placedIn(spec)
	for i, c := range all {
		if first, _ := find(all, c.Name); first.Container != all[i].Container {
			return &refused{RefusedSpec, fmt.Sprintf("two containers are named %s", c.Name)}
		}
	}
	return nil
}

// summary says how much changes.
func summary(changes []Change) string {
	var parts []string
	for _, kind := range []struct {
		action ChangeAction
		what   string
	}{{ChangeStart, "added"}, {ChangeRestart, "changed"}, {ChangeStop, "removed"}, {ChangeUpdate, "updated"}} {
		var names []string
		for _, c := range changes {
			if c.Action == kind.action && c.Name == "" {
				names = append(names, "the pod")
			} else if c.Action == kind.action {
				names = append(names, c.Name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, joined(names)+" "+kind.what)
		}
	}
	if len(parts) == 0 {
		return "nothing has changed"
	}
	return strings.Join(parts, ", ")
}

// joined is a list for people, which names no more than a few.
func joined(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// become makes the pod one of another spec: it takes on what holds for all at once, and
// sets going what each container's change asks for.
func (m *Machine) become(spec *Spec, changes []Change, reactions []reaction) {
	m.takeOnPod(spec)
	before := [][]*container{m.inits, m.mains}
	m.inits = m.arranged(spec.Init, roleOf)
	m.mains = m.arranged(spec.Main, mainRole)
	for i := range changes {
		if c := m.byName[changes[i].Name]; c != nil && changes[i].Action == ChangeStop {
			m.beginRemoval(c)
		}
	}
	m.inits, m.mains = withRemoved(m.inits, before[0]), withRemoved(m.mains, before[1])
	m.all = slices.Concat(m.inits, m.mains)
	for _, c := range placedIn(spec) {
		i := slices.IndexFunc(changes, func(change Change) bool { return change.Name == c.Name })
		if i >= 0 && i < len(reactions) { // or it is taken along, and then its dependency sees to it
			m.carryOut(m.byName[c.Name], &changes[i], reactions[i], c.Container)
		}
	}
	m.link()
}

// takeOnPod takes on what holds for all containers. What is under way goes on as it began:
// a grace that runs, a wait for a restart. The counts of a back-off with other numbers
// begin anew, and the time of a hold runs from the latest failure on as ever.
func (m *Machine) takeOnPod(spec *Spec) {
	backoff, holdFor := m.spec.Backoff, m.spec.Hold.For
	m.spec = *spec
	m.spec.Backoff = spec.Backoff.withDefaults()
	if m.spec.Backoff != backoff {
		for _, c := range m.all {
			c.backoff = 0
		}
	}
	if m.hold == nil || m.spec.Hold.For == holdFor {
		return
	}
	m.disarm(TimerHold, nil)
	if m.spec.Hold.For > 0 {
		m.arm(TimerHold, nil, max(m.spec.Hold.For-m.now.Sub(m.hold.latest), 0))
	}
}

// arranged are the containers of a list of specs, in its order, those that are new among
// them. A container that was to be removed and is not yet gone becomes one of the pod again.
func (m *Machine) arranged(specs []Container, role func(*Container) Role) []*container {
	var list []*container
	for i := range specs {
		spec := &specs[i]
		c := m.byName[spec.Name]
		if c == nil {
			c = m.add(spec, role(spec))
			c.gen, c.probeNumber = m.lastGen, m.lastProbe // no answer that was meant for one of its name fits it
			for _, p := range c.probes {
				p.number = m.lastProbe
			}
		}
		c.removed = false // it may have been on its way out
		if c.role != role(spec) {
			c.role, c.passed = role(spec), false
		}
		list = append(list, c)
	}
	return list
}

// withRemoved puts those of an old list that are to be removed, and are not gone yet, where
// they stood: each after the one that it stood behind.
func withRemoved(list, old []*container) []*container {
	at := -1
	for _, c := range old {
		switch i := slices.Index(list, c); {
		case i >= 0:
			at = i
		case c.removed:
			at++
			list = slices.Insert(list, at, c)
		}
	}
	return list
}
