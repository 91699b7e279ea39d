package supervisor

import (
	"fmt"
	"strings"
)

// follow finds the containers that are to be taken along by what they depend on: a
// dependency is to be started again, or has been, or is stopped by hand.
func (m *Machine) follow() {
	for again := m.ordered && m.ending == nil && m.anew == nil; again; {
		again = false
		for _, c := range m.all {
			if c.state != Running && c.state != Starting || c.goal != goalNone || c.hold.kept {
				continue
			}
			if why := c.takenAlong(); why != "" {
				c.goal, c.followWhy = goalFollow, why
				again = true
			}
		}
	}
}

// takenAlong says why a container that runs is to be taken along; empty where it is not.
func (c *container) takenAlong() string {
	for _, n := range c.needs {
		if n.spec.OnRestart != OnRestartRestart {
			continue
		}
		if on := n.on; on == nil && n.peer.Run != "" && n.peer.Run != n.run || on != nil && on.runs != n.runs {
			return n.spec.Name + " has been started again"
		} else if on == nil {
			continue
		}
		switch on := n.on; {
		case on.goal == goalStop || on.state == Stopped && !on.hold.parked:
			return n.spec.Name + " is stopped"
		case on.renewing() && !on.removed || on.goal.again() || on.goal == goalFollow || on.state == BackingOff:
			return n.spec.Name + " is started again"
		}
	}
	return ""
}

// stopByGoal begins the stop of a container for which somebody else has a goal, once all
// that it takes along are gone.
func (m *Machine) stopByGoal(c *container, why string) {
	m.follow()
	if last := c.takesAlong(); last != nil && m.anew == nil {
		m.note(LevelInfo, c, c.state, fmt.Sprintf("%s: when %s is gone, which depends on it", why, last.spec.Name))
		return
	}
	m.stop(c, m.graceByHand(), why)
}

// takesAlong is the first container that has to be gone before another one, which takes it
// along, may be stopped; nil where there is none.
func (c *container) takesAlong() *container {
	for _, follower := range c.followers {
		if follower.state.alive() && (follower.state != Running || follower.goal != goalNone && follower.goal != goalReload) {
			return follower
		}
	}
	return nil
}

// advanceFollowers stops, in order, all that are taken along, and then what takes them. It
// tells whether it has stopped any.
func (m *Machine) advanceFollowers() (stopped bool) {
	if !m.ordered {
		return false
	}
	m.follow()
	for _, c := range m.all {
		if c.state != Running || c.goal == goalNone || c.goal == goalReload || c.takesAlong() != nil {
			continue
		}
		why := "the operator asked for it"
		switch c.goal {
		case goalFollow:
			why = c.followWhy
		case goalRefresh:
			why = "its files have changed"
		}
		m.stop(c, m.spec.Grace, why)
		stopped = true
	}
	return stopped
}

// startAlong waits, once the run of a container that was taken along is over, for what it
// depends on, and starts it again.
func (m *Machine) startAlong(c *container) {
	m.note(LevelInfo, c, BackingOff, fmt.Sprintf("%s; starting again, since %s", c.last.describe(), c.followWhy))
	c.pid = 0
	m.startDue(c)
}

// onceMet says, behind the answer to a command, what the start that it asks for waits for.
func (c *container) onceMet() string {
	if waits := c.unmet(); waits != "" {
		return ", which waits for " + waits
	}
	return ""
}

// aftermath says, behind the answer to a command that stops a container, what that means
// to those that run and depend on it.
func (c *container) aftermath() string {
	var along, left []string
	for _, d := range c.dependants {
		switch {
		case !d.running() && d.state != Starting:
		case d.goal == goalFollow:
			along = append(along, d.spec.Name)
		case d.goal == goalNone:
			left = append(left, d.spec.Name)
		}
	}
	text := ""
	if len(along) > 0 {
		text = ", and with it " + strings.Join(along, ", ")
	}
	if len(left) > 0 {
		text += fmt.Sprintf("; %s, which %s it, %s on", strings.Join(left, ", "), verb(left, "depends on", "depend on"), verb(left, "goes", "go"))
	}
	return text
}

func verb(names []string, one, many string) string {
	if len(names) == 1 {
		return one
	}
	return many
}
