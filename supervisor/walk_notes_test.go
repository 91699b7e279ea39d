package supervisor_test

import (
	"fmt"
	"slices"
	"sync"

	"github.com/nile-init/nile/supervisor"
)

// note: the notes tell a story without gaps, along the documented edges.
func (o *observer) note(n supervisor.Note) {
	if n.Why == "" {
		o.fail("a note without a reason: %+v", n)
	}
	if n.From == "" {
		return
	}
	if n.Name == "" {
		if n.From != o.podState {
			o.fail("the pod goes from %s to %s and was %s", n.From, n.To, o.podState)
		}
		o.podState = n.To
		return
	}
	c := o.find(n.Name)
	from, to := supervisor.State(n.From), supervisor.State(n.To)
	if n.From != c.noteState {
		o.fail("%s goes from %s to %s and was %s", n.Name, n.From, n.To, c.noteState)
	}
	if from != to && !slices.Contains(edges[from], to) {
		o.fail("%s goes from %s to %s, and there is no such edge", n.Name, n.From, n.To)
	}
	if n.File != "" {
		if e, ok := o.event.(supervisor.Changed); !ok || n.Name != e.Name || n.File != e.Path || from != to {
			o.fail("the note %+v tells of a change, and the event is %+v", n, o.event)
		}
		c.told--
		return
	}
	ended := to == supervisor.Completed || to == supervisor.Failed || to == supervisor.BackingOff || to == supervisor.Held
	switch {
	case to != supervisor.Waiting && to != supervisor.Stopped && to != supervisor.Removed:
	case from == supervisor.Running, from == supervisor.Stopping, from == supervisor.Killing, from == supervisor.Emptying:
		ended = true
	case from == supervisor.Starting:
		ended = n.Status != nil // it may not have run at all
	}
	if (n.Status != nil) != ended || ended && n.Status.ExitCode() != c.code {
		o.fail("the note %+v has status %v, should have code %d: %v", n, n.Status, c.code, ended)
	}
	c.noteState = n.To
	o.met[stateLabels[from]]++
	o.met[stateLabels[to]]++
	if from != to {
		o.met[edgeLabels[[2]supervisor.State{from, to}]]++
	}
}

// Labels made once, since a walk needs them millions of times.
var (
	stateLabels = map[supervisor.State]string{}
	edgeLabels  = map[[2]supervisor.State]string{}
	firedLabels sync.Map
)

// firedLabel is the label of a timer that has run out.
func firedLabel(kind supervisor.TimerKind) string {
	label, ok := firedLabels.Load(kind)
	if !ok {
		label, _ = firedLabels.LoadOrStore(kind, "event Fired "+string(kind))
	}
	return label.(string)
}

func init() {
	for from, list := range edges {
		stateLabels[from] = "state " + string(from)
		for _, to := range list {
			edgeLabels[[2]supervisor.State{from, to}] = fmt.Sprintf("edge %s -> %s", from, to)
		}
	}
}
