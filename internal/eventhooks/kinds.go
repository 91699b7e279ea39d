package eventhooks

import (
	"strings"

	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/supervisor"
)

// The kinds of events, as eventHooks names them in on.
const (
	started   = "Started"
	ready     = "Ready"
	notReady  = "NotReady"
	exited    = "Exited"
	crashed   = "Crashed"
	backOff   = "BackOff"
	restarted = "Restarted"
	held      = "Held"
	changed   = "Changed"
	released  = "Released"
	stopping  = "Stopping"
	stopped   = "Stopped"
)

// Container is what must be known of a container to tell when it is ready.
type Container struct {
	Startup, Readiness, PostStart bool // it has these probes, this hook
	Notify                        bool // its process says itself that it is ready
}

// classifier says of which kinds an event is. It remembers who is ready.
type classifier struct {
	find       func(name string) (Container, bool)
	containers map[string]*known
}

// known is a container, and how far it has come.
type known struct {
	Container
	startupOver, postStartOver, said, ready bool
}

func newClassifier(find func(name string) (Container, bool)) *classifier {
	return &classifier{find: find, containers: map[string]*known{}}
}

// container is what is known of a container, which reloads may add, change and remove; nil
// where there never was one of that name.
func (c *classifier) container(name string) *known {
	k := c.containers[name]
	now, there := c.find(name)
	switch {
	case there && k == nil:
		k = &known{Container: now}
		c.containers[name] = k
	case there:
		k.Container = now
	}
	return k
}

// kinds are those of an event, the most telling first; most have none.
func (c *classifier) kinds(e *events.Event) []string {
	if e.Name == "" {
		return ofPod(e)
	}
	k := c.container(e.Name)
	if k == nil {
		return nil
	}
	if e.To == string(supervisor.Removed) {
		delete(c.containers, e.Name)
	}
	switch {
	case e.Cause != "":
		return []string{crashed}
	case e.File != "":
		return []string{changed}
	case e.From != e.To:
		return k.transition(e)
	case e.To == string(supervisor.Running):
		return k.progress(e.Message)
	}
	return nil
}

func ofPod(e *events.Event) []string {
	if !e.Changed() {
		return nil
	}
	var kinds []string
	if e.From == string(supervisor.PodHeld) {
		kinds = append(kinds, released)
	}
	switch supervisor.PodState(e.To) {
	case supervisor.PodStopping:
		kinds = append(kinds, stopping)
	case supervisor.PodSucceeded, supervisor.PodFailed:
		kinds = append(kinds, stopped)
	case supervisor.PodNew, supervisor.PodInitializing, supervisor.PodRunning, supervisor.PodHeld:
	}
	return kinds
}

// transition are the kinds of an event by which a container goes into another state.
func (k *known) transition(e *events.Event) (kinds []string) {
	to := supervisor.State(e.To)
	if to == supervisor.Running {
		k.startupOver, k.postStartOver, k.said = !k.Startup, !k.PostStart, !k.Notify
		kinds = append(kinds, started)
		if e.Restart > 0 {
			kinds = []string{restarted, started}
		}
		return append(kinds, k.becomesReady()...)
	}
	switch to {
	case supervisor.Held:
		kinds = append(kinds, held)
	case supervisor.BackingOff:
		if strings.Contains(e.Message, "back-off: ") {
			kinds = append(kinds, backOff)
		}
	case supervisor.Stopping:
		kinds = append(kinds, stopping)
	case supervisor.Stopped, supervisor.Removed:
		kinds = append(kinds, stopped)
	case supervisor.Waiting, supervisor.Starting, supervisor.Retrying, supervisor.Running, supervisor.Killing,
		supervisor.Emptying, supervisor.Completed, supervisor.Failed:
	}
	if e.ExitCode != nil && hadProcess(supervisor.State(e.From)) {
		kinds = append(kinds, exited)
	}
	if k.ready {
		k.ready = false
		kinds = append(kinds, notReady)
	}
	return kinds
}

// hadProcess tells whether an event that leaves a state, with an exit code, is the end of
// a process. Others only say again how it had ended.
func hadProcess(s supervisor.State) bool {
	switch s {
	case supervisor.Starting, supervisor.Running, supervisor.Stopping, supervisor.Killing, supervisor.Emptying:
		return true
	case supervisor.Waiting, supervisor.Retrying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Removed:
	}
	return false
}

// progress are the kinds of an event that changes no state of a container that runs: the
// supervisor's words for what its probes and its hook have found.
func (k *known) progress(message string) []string {
	switch {
	case message == "ready":
		k.ready = true
		return []string{ready}
	case strings.HasPrefix(message, "not ready any more"):
		k.ready, k.said = false, k.said && !k.Notify
		return []string{notReady}
	case strings.HasPrefix(message, "startup probe succeeded"):
		k.startupOver = true
	case strings.HasPrefix(message, "says that it is ready"):
		k.said = true
	case message == "the postStart hook is done":
		k.postStartOver = true
	default:
		return nil
	}
	return k.becomesReady()
}

// becomesReady: without a readiness probe a container is ready once it has started.
func (k *known) becomesReady() []string {
	if k.Readiness || k.ready || !k.startupOver || !k.postStartOver || !k.said {
		return nil
	}
	k.ready = true
	return []string{ready}
}
