package supervisor

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/internal/spelling"
)

// goal is what is to become of a container once its present run is over, because an
// operator has asked for it, or a hold.
type goal int

const (
	goalNone    goal = iota
	goalStop         // stays stopped
	goalRestart      // starts again at once
	goalRetry        // the same, after a hold
	goalPark         // stays stopped while the pod is held
	goalRelease      // ends for good, after a hold
	goalReload       // starts again as another, or is gone, when its turn comes
	goalRefresh      // starts again at once, because its files have changed
	goalFollow       // starts again with what it depends on
)

// again tells whether the container starts again because somebody wants it to.
func (g goal) again() bool { return g == goalRestart || g == goalRetry || g == goalRefresh }

// refused is the answer to a command that cannot be carried out.
type refused struct {
	refusal Refusal
	message string
}

func notNow(format string, args ...any) *refused {
	return &refused{RefusedState, fmt.Sprintf(format, args...)}
}

// command carries out what an operator asks for and answers it.
func (m *Machine) command(e Command) {
	message, no := m.obey(e)
	reply := Reply{ID: e.ID, Message: message}
	if no != nil {
		reply.Refusal, reply.Message = no.refusal, no.message
		m.settled = true // nothing has changed
	}
	m.act(reply)
}

// obey carries out a command. It says what happens now, or why it does not.
func (m *Machine) obey(e Command) (string, *refused) {
	if e.Verb == VerbRelease {
		return m.releaseCommand(e)
	}
	c, no := m.target(e)
	if no != nil {
		return "", no
	}
	switch {
	case e.Verb == VerbSignal:
		return m.signalCommand(c, e.Signal)
	case m.ending != nil:
		return "", &refused{RefusedEnding, "the pod is ending: nothing is started or stopped by hand any more"}
	case m.state == PodNew:
		return "", notNow("the pod has not begun yet: try again in a moment")
	case c.removed:
		return "", notNow("%s is no longer in the manifest: it is %s", c.spec.Name, c.goingWhere())
	}
	switch e.Verb {
	case VerbStart:
		return m.startCommand(c)
	case VerbStop:
		return m.stopCommand(c)
	case VerbRestart:
		return m.restartCommand(c)
	case VerbRetry:
		return m.retryCommand(c, e)
	case VerbSignal, VerbRelease: // handled above
	}
	return "", notNow("unknown verb %q: use start, stop, restart, signal, retry or release", e.Verb)
}

// target finds the container that a command names. A retry may leave that out where
// only one is held.
func (m *Machine) target(e Command) (*container, *refused) {
	if c := m.byName[e.Name]; c != nil {
		return c, nil
	}
	if e.Name == "" && e.Verb == VerbRetry {
		return m.onlyHeld()
	}
	var names []string
	for _, c := range m.all {
		names = append(names, c.spec.Name)
	}
	message := fmt.Sprintf("no container named %q", e.Name)
	if near := spelling.Nearest(e.Name, names); near != "" {
		message += fmt.Sprintf(" (did you mean %s?)", near)
	} else {
		message += ": there is " + strings.Join(names, ", ")
	}
	return nil, &refused{RefusedUnknown, message}
}

// onlyHeld is the container that is held, where there is one and no other.
func (m *Machine) onlyHeld() (*container, *refused) {
	var held []*container
	var names []string
	for _, c := range m.all {
		if c.state == Held {
			held, names = append(held, c), append(names, c.spec.Name)
		}
	}
	switch len(held) {
	case 0:
		return nil, notNow("nothing is held, so there is nothing to retry")
	case 1:
		return held[0], nil
	}
	return nil, notNow("several containers are held: name one of %s", strings.Join(names, ", "))
}

// signalCommand sends a process a signal, of a pod that is ending too.
func (m *Machine) signalCommand(c *container, num int) (string, *refused) {
	name := c.spec.Name
	switch {
	case num < 1 || num > realTimeMax:
		return "", notNow("there is no signal %d: use a number from 1 to %d", num, realTimeMax)
	case !c.running():
		return "", notNow("%s does not run: it is %s", name, m.predicament(c))
	}
	c.noteSent(num)
	m.note(LevelInfo, c, c.state, fmt.Sprintf("sending %s, the operator asked for it", SignalName(num)))
	m.act(Kill{Name: name, PID: c.pid, Signal: num, Scope: m.scope(c)})
	return fmt.Sprintf("sending %s to %s, process %d", SignalName(num), name, c.pid), nil
}

// releaseCommand ends the hold.
func (m *Machine) releaseCommand(e Command) (string, *refused) {
	switch {
	case m.ending != nil:
		return "", &refused{RefusedEnding, "the pod is ending already"}
	case m.hold == nil:
		return "", notNow("the pod is not held, so there is nothing to release: nile status shows what runs")
	case e.Code != nil && (*e.Code < 0 || *e.Code > 255):
		return "", notNow("%d is no exit code: use a number from 0 to 255", *e.Code)
	}
	m.release(LevelInfo, e.Code, "released by the operator")
	return "the hold is over", nil
}

// goingWhere says what becomes of a container that a reload has removed.
func (c *container) goingWhere() string {
	if c.isScene() {
		return "kept as it failed until nile release ends the hold"
	}
	return "being ended"
}

// predicament says in what state a container is and what would help, for a refusal.
func (m *Machine) predicament(c *container) string {
	name := c.spec.Name
	switch c.state {
	case Waiting:
		if c.waitsFor != "" {
			return "waiting for " + c.unmet()
		}
		if m.awaitsItsTime(c) {
			return "waiting for its time; nile start " + name + " runs it now"
		}
		return "waiting for its turn, which comes by itself"
	case Starting:
		return "just being started"
	case Retrying, BackingOff:
		return "waiting to be started again; nile start " + name + " does it now"
	case Running:
		if c.role == RoleInit {
			return "running; nile signal " + name + " KILL ends its run"
		}
		return "running; nile restart " + name + " stops it and starts it again"
	case Stopping, Killing:
		return "being stopped; nile restart " + name + " starts it again after that"
	case Emptying:
		return "over, and what it left behind is being ended"
	case Held:
		return "held; nile retry " + name + " starts it again, nile release ends the hold"
	case Stopped:
		return "stopped; nile start " + name + " starts it"
	case Completed, Failed:
		if c.role == RoleInit {
			return "over: an init container runs once only"
		}
		return "over; nile start " + name + " starts it again"
	}
	return string(c.state)
}
