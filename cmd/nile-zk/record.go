package main

import (
	"encoding/json"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/supervisor"
)

// The states of an app that a node tells of. All others have no node.
const (
	stateReady   = "Ready"
	stateHeld    = "Held"
	stateCrashed = "Crashed"
)

// record is the data of a node. docs/reference/zookeeper.md has its fields.
type record struct {
	Name        string            `json:"name"`
	Host        string            `json:"host"`
	Ports       []port            `json:"ports"`
	State       string            `json:"state"`
	Since       time.Time         `json:"since"`
	Version     string            `json:"version"`
	Pod         string            `json:"pod"`
	Container   string            `json:"container,omitempty"`
	Restarts    int               `json:"restarts"`
	ExitCode    *int              `json:"exitCode,omitempty"`
	Signal      string            `json:"signal,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Message     string            `json:"message,omitempty"`
	Data        map[string]string `json:"data,omitempty"`
	NileVersion string            `json:"nileVersion"`
	Registrar   registrar         `json:"registrar"`
}

// registrar says which nile-zk has made a node, so that it knows it again in its next
// life.
type registrar struct {
	Instance string    `json:"instance"`
	Started  time.Time `json:"started"`
}

// precedes tells whether a node by r is one that a nile-zk with the other's identity may
// replace: it is of the same instance, and was not made by one that started later. Of
// two that run at once under one name the later one wins, and they don't fight.
func (r registrar) precedes(other registrar) bool {
	return r.Instance != "" && r.Instance == other.Instance && !r.Started.After(other.Started)
}

func (r *record) encode() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // it has strings, numbers and times alone
	}
	return text
}

// tracker makes records of what nile says.
type tracker struct {
	o     *options
	who   registrar
	state string
	since time.Time
	// overcome has, of each container that was ready again after a crash, when that was:
	// a probe that fails later is no crash.
	overcome map[string]time.Time
}

// record says what a node is to tell, without the host; nil where there is to be none.
// status is nil while nile doesn't answer: what is not known to be ready is not.
func (t *tracker) record(status *client.Status) *record {
	if status == nil {
		t.state = ""
		return nil
	}
	state, since, of := t.judge(status)
	if state != t.state {
		t.state, t.since = state, since
	}
	if state == "" {
		return nil
	}
	r := &record{
		Name: t.o.name, Ports: t.o.ports, State: state, Since: t.since.UTC(), Version: t.o.version,
		Pod: status.Nile.Pod, Container: t.o.container, Data: t.o.data, NileVersion: status.Nile.Version, Registrar: t.who,
	}
	if t.o.container == "" && of != nil && state != stateReady {
		r.Container = of.Name // the one that is to blame
	}
	if of != nil {
		r.Restarts = of.Restarts
	}
	if state != stateReady && of != nil && of.Last != nil {
		r.ExitCode, r.Signal, r.Reason = &of.Last.ExitCode, of.Last.Signal, of.Last.Reason
	}
	if state == stateHeld {
		r.Message = status.Nile.HeldBecause
	}
	return r
}

// judge says what state the app is in, since when, and which container makes it so;
// state is empty where no node tells of it.
func (t *tracker) judge(status *client.Status) (state string, since time.Time, of *client.Container) {
	var app []*client.Container
	for i := range status.Nile.Containers {
		c := &status.Nile.Containers[i]
		if t.o.container == "" || c.Name == t.o.container {
			app = append(app, c)
		}
	}
	if len(app) == 0 {
		return "", time.Time{}, nil
	}
	pod := &status.Nile
	if pod.State != supervisor.PodInitializing && pod.State != supervisor.PodRunning && pod.State != supervisor.PodHeld {
		return "", time.Time{}, nil // it ends
	}
	for _, c := range app {
		if isHeld(pod, c) {
			return stateHeld, heldSince(pod, c), c
		}
	}
	ready := true
	for _, c := range app {
		up := c.Ready && c.State == supervisor.Running || c.Role == supervisor.RoleInit && c.State == supervisor.Completed
		if up {
			t.recovered(c)
		} else if t.hasCrashed(c) {
			return stateCrashed, c.Last.FinishedAt, c
		}
		ready = ready && up
	}
	switch {
	case !ready, t.o.container == "" && pod.State != supervisor.PodRunning:
		return "", time.Time{}, nil
	case t.o.container != "":
		return stateReady, pod.Time, app[0]
	}
	return stateReady, pod.Time, nil
}

// isHeld: a container that is tried again by hand while its pod stays held may be up, but
// is not back in service.
func isHeld(pod *client.NileStatus, c *client.Container) bool {
	return c.State == supervisor.Held || pod.State == supervisor.PodHeld && c.Retried
}

func heldSince(pod *client.NileStatus, c *client.Container) time.Time {
	switch {
	case pod.HeldSince != nil:
		return *pod.HeldSince
	case c.Last != nil:
		return c.Last.FinishedAt
	}
	return pod.Time
}

// hasCrashed: its last run has failed, nobody had asked for its end, and it was not ready
// again since.
func (t *tracker) hasCrashed(c *client.Container) bool {
	return c.Last != nil && c.Trigger != "" && c.State != supervisor.Stopped && !t.overcome[c.Name].Equal(c.Last.FinishedAt)
}

// recovered: the container's last crash is over.
func (t *tracker) recovered(c *client.Container) {
	if c.Last == nil {
		return
	}
	if t.overcome == nil {
		t.overcome = map[string]time.Time{}
	}
	t.overcome[c.Name] = c.Last.FinishedAt
}
