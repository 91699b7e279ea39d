package supervisor

import (
	"fmt"
	"slices"
	"strings"
)

// need is a dependency of a container, and where it stands.
type need struct {
	spec *Dependency
	on   *container // nil where it is another nile's
	peer Peer       // of another nile's
	runs int        // how many runs it had begun when the container was last started
	run  string     // of another nile's: which one it was in then
}

// link finds out who depends on whom. It may be called again when containers have come or
// gone; what is known of dependencies that stay is kept.
func (m *Machine) link() {
	known := map[string]Peer{}
	for _, c := range m.all {
		c.dependants, c.followers, c.awaited = nil, nil, false
		for _, n := range c.needs {
			known[n.spec.Name] = n.peer
		}
	}
	for _, c := range m.all {
		before, specs := c.needs, c.spec.DependsOn
		if c.next != nil {
			specs = c.next.DependsOn // they are for its next start
		}
		c.needs = nil
		for i := range specs {
			spec := &specs[i]
			n := &need{spec: spec, on: m.byName[spec.Name], peer: known[spec.Name]}
			n.remember()
			for _, old := range before {
				if old.spec.Name == spec.Name {
					n.runs, n.run = old.runs, old.run
				}
			}
			c.needs, m.ordered = append(c.needs, n), true
			if n.on == nil {
				continue
			}
			n.on.awaited = n.on.awaited || spec.Condition == DependencyCompleted
			if spec.OnRestart == OnRestartRestart {
				n.on.followers = append(n.on.followers, c)
			}
		}
	}
	for _, c := range m.all {
		c.dependOn(c, map[*container]bool{})
	}
}

// dependOn makes c a dependant of all that a container needs, and that needs in turn.
func (c *container) dependOn(through *container, seen map[*container]bool) {
	for _, n := range through.needs {
		if n.on == nil || seen[n.on] {
			continue
		}
		seen[n.on] = true
		n.on.dependants = append(n.on.dependants, c)
		c.dependOn(n.on, seen)
	}
}

// met tells whether a dependency has reached what is waited for.
func (n *need) met() bool {
	started, ready, completed := n.peer.Started, n.peer.Ready, n.peer.Completed
	if on := n.on; on != nil {
		completed = on.state == Completed
		started = on.state == Running && on.goal == goalNone && !on.hold.kept && on.hasStarted()
		ready = started && on.isReady() || on.role == RoleInit && completed
		started = started || completed
	}
	switch n.spec.Condition {
	case DependencyCompleted:
		return completed
	case DependencyReady:
		return ready
	case DependencyStarted, "":
	}
	return started
}

// describe says what is waited for, as in "db to be Ready", and what keeps it from that.
func (n *need) describe() string {
	condition := n.spec.Condition
	if condition == "" {
		condition = DependencyStarted
	}
	what := fmt.Sprintf("%s to be %s", n.spec.Name, condition)
	trouble := n.peer.Trouble
	if on := n.on; on != nil {
		switch {
		case on.due:
		case on.state == Held:
			trouble = "is held"
		case on.state == Stopped:
			trouble = "is stopped"
		case on.state == Failed:
			trouble = "has failed"
		case on.state == Completed:
			trouble = "has ended"
		case on.doomed:
			trouble = "can never start"
		}
	}
	if trouble == "" {
		return what
	}
	return what + ", which " + trouble
}

// unmet says what a container waits for before it may be started; empty for nothing.
func (c *container) unmet() string {
	var waits []string
	for _, n := range c.needs {
		if !n.met() {
			waits = append(waits, n.describe())
		}
	}
	return strings.Join(waits, "; ")
}

// needsMet tells whether all that a container depends on is as it should be for its
// start. Where it is not, tellWaits tells.
func (c *container) needsMet() bool {
	for _, n := range c.needs {
		if !n.met() {
			c.waits = true
			return false
		}
	}
	return true
}

// tellWaits tells what containers wait for whose start only that keeps from, whenever it
// changes.
func (m *Machine) tellWaits() {
	if !m.ordered {
		return
	}
	for _, c := range m.all {
		if !c.waits {
			continue
		}
		c.waits = false
		waits := c.unmet()
		if c.unseen() {
			waits = "what is not known yet"
		}
		if waits == c.waitsFor {
			continue
		}
		level, what := LevelInfo, "waiting for "+waits
		switch {
		case c.doomed:
			level, what = LevelWarn, "can never start: it waits for "+waits
		case m.spec.Forward: // the one command of a nile that does not say much else
			level = LevelWarn
		}
		if !c.unseen() {
			m.note(level, c, c.state, what)
		}
		c.waitsFor = waits
	}
}

// unseen tells whether nothing is known yet of another nile that a container waits for, as in
// the first moments.
func (c *container) unseen() bool {
	return slices.ContainsFunc(c.needs, func(n *need) bool { return n.on == nil && n.peer == Peer{} })
}

// remember takes note of the runs of its dependencies with which a container is started.
func (c *container) remember() {
	c.waitsFor = ""
	for _, n := range c.needs {
		n.remember()
	}
}

// remember takes note of the present run of a dependency.
func (n *need) remember() {
	n.run = n.peer.Run
	if n.on != nil {
		n.runs = n.on.runs
	}
}

// judgeNeeds works out who waits for what does not come by itself: stalled for what
// somebody may yet start, doomed for what has ended for good.
func (m *Machine) judgeNeeds() {
	if !m.ordered {
		return
	}
	for _, c := range m.all {
		c.stalled, c.doomed = false, false
	}
	for again := true; again; {
		again = false
		for _, c := range m.all {
			if c.state != Waiting && c.state != BackingOff && c.state != Retrying && !c.due {
				continue
			}
			for _, n := range c.needs {
				if n.on == nil || n.met() {
					continue
				}
				over := n.on.state.final() && !n.on.due
				idle := over || (n.on.state == Held || n.on.state == Stopped) && !n.on.due
				again = again || !c.stalled && (idle || n.on.stalled) || !c.doomed && (over || n.on.doomed)
				c.stalled = c.stalled || idle || n.on.stalled
				c.doomed = c.doomed || over || n.on.doomed
			}
		}
	}
}

// peerChanged records what another nile tells.
func (m *Machine) peerChanged(e PeerChanged) {
	m.settled = true // but for something that waits for it
	for _, c := range m.all {
		for _, n := range c.needs {
			if n.on == nil && n.spec.Name == e.Name && n.peer != e.Peer {
				n.peer = e.Peer
				m.settled = false
			}
		}
	}
}

// peersEnded ends the pod with those whose end it was to follow.
func (m *Machine) peersEnded(e PeersEnded) {
	if m.ending != nil {
		return
	}
	m.end(0, e.Why)
	m.ending.withPeers = e.Why
	if c := m.mains[0]; m.spec.Forward && c.state == Emptying {
		m.forwardToStrays(c, arrival{sigTerm, sigTerm, true}) // they may have been left to end by themselves
	}
}
