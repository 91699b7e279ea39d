//go:build conformance

package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// logLine is a line of nile's log.
type logLine struct {
	Time      time.Time `json:"ts"`
	Msg       string    `json:"msg"`
	Container string    `json:"container"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Why       string    `json:"why"`
	Restarts  int       `json:"restarts"`
	ExitCode  *int      `json:"exitCode"`
	Reason    string    `json:"reason"`
	Message   string    `json:"message"`
}

// written is a line of a container with the time when it was read.
type written struct {
	at        time.Time
	container string
	text      string
}

// traceOf makes a trace of what nile logged and what containers wrote. Time begins with nile's first line.
func traceOf(m *manifestOf, log []logLine, lines []written) *trace {
	t := &trace{code: -1}
	if len(log) == 0 {
		return t
	}
	o := &observer{trace: t, manifest: m, now: map[string]*state{}, began: log[0].Time}
	for _, l := range log {
		o.see(l)
	}
	for _, l := range lines {
		t.lines = append(t.lines, line{o.since(l.at), l.container, l.text})
	}
	return t
}

type observer struct {
	*trace
	manifest *manifestOf
	now      map[string]*state // the state of each container
	began    time.Time
}

func (o *observer) since(at time.Time) float64 { return at.Sub(o.began).Seconds() }

var phases = map[string]string{
	"Initializing": "Pending", "Running": "Running", "Stopping": "Running", "Succeeded": "Succeeded", "Failed": "Failed",
}

func (o *observer) see(l logLine) {
	switch {
	case l.Msg == "exit" && l.ExitCode != nil:
		o.code, o.gone = *l.ExitCode, o.since(l.Time)
	case l.Container == "" && l.To != "":
		o.pod = append(o.pod, podState{at: o.since(l.Time), phase: phases[l.To]})
	case l.Container == "":
	case l.From == l.To:
		o.changed(l)
	case l.To == "Running":
		o.started(l)
	case l.ExitCode != nil && slices.Contains([]string{"Starting", "Running", "Stopping", "Killing", "Emptying"}, l.From):
		o.ended(l)
	}
}

func (o *observer) started(l logLine) {
	has := o.manifest.container(l.Container).hasProbe
	s := &state{at: o.since(l.Time), container: l.Container, state: "running", restarts: l.Restarts}
	s.started = !has["startupProbe"] && !has["postStart"]
	s.ready = s.started && !has["readinessProbe"]
	o.now[l.Container] = s
	o.states = append(o.states, *s)
	o.starts = append(o.starts, start{s.at, l.Container, l.Restarts})
}

// changed sees what nile says of a container that goes on as it was.
func (o *observer) changed(l logLine) {
	s := o.now[l.Container]
	if s == nil {
		return
	}
	before := *s
	has := o.manifest.container(l.Container).hasProbe
	switch {
	case strings.HasPrefix(l.Why, "startup probe succeeded"), l.Why == "the postStart hook is done" && !has["startupProbe"]:
		s.started = true
		s.ready = s.ready || !has["readinessProbe"]
	case l.Why == "ready":
		s.ready = true
	case strings.HasPrefix(l.Why, "not ready any more"):
		s.ready = false
	}
	if *s != before {
		s.at = o.since(l.Time)
		o.states = append(o.states, *s)
	}
}

func (o *observer) ended(l logLine) {
	s := state{at: o.since(l.Time), container: l.Container, state: "terminated", restarts: l.Restarts, exit: *l.ExitCode, reason: l.Reason}
	s.message = message{length: len(l.Message), head: l.Message, tail: l.Message, text: l.Message}
	if s.reason == "" {
		s.reason = reasonOf(l)
	}
	if l.From == "Starting" { // it never ran, but a run it was
		o.starts = append(o.starts, start{s.at, l.Container, l.Restarts})
	}
	delete(o.now, l.Container)
	o.states = append(o.states, s)
}

// podStatus is the part of a Pod's status that is looked at in nile's status file.
type podStatus struct {
	Phase                 string
	Conditions            []struct{ Type, Status string }
	InitContainerStatuses []containerStatus
	ContainerStatuses     []containerStatus
}

type containerStatus struct {
	Name             string
	Ready            bool
	RestartCount     int
	State, LastState struct{ Terminated *terminatedState }
}

type terminatedState struct {
	ExitCode int
	Reason   string
	Message  string
}

// merge puts what nile's status file says of the last runs into the trace. Where file and log tell different things there
// is an error.
func (t *trace) merge(status podStatus) error {
	if status.Phase != t.phase() {
		return fmt.Errorf("the status file says that the pod is %s, the log %s", status.Phase, t.phase())
	}
	for _, c := range status.Conditions {
		last := &t.pod[len(t.pod)-1]
		switch c.Type {
		case "Initialized":
			last.inited = c.Status
		case "Ready":
			last.ready = c.Status
		}
	}
	restarts := t.restarts()
	for _, c := range slices.Concat(status.InitContainerStatuses, status.ContainerStatuses) {
		run := c.RestartCount
		if run != restarts[c.Name] {
			return fmt.Errorf("the status file says that %s was restarted %d times, the log %d times", c.Name, run, restarts[c.Name])
		}
		if c.State.Terminated != nil {
			if err := t.mergeRun(c.Name, run, c.State.Terminated, c.Ready); err != nil {
				return err
			}
		}
		if c.LastState.Terminated == nil {
			continue
		}
		if c.State.Terminated != nil { // or else it waits, and its last run is that of the count
			run--
		}
		if err := t.mergeRun(c.Name, run, c.LastState.Terminated, false); err != nil {
			return err
		}
	}
	return nil
}

func (t *trace) mergeRun(name string, run int, told *terminatedState, ready bool) error {
	for i := range t.states {
		s := &t.states[i]
		if s.container != name || s.state != "terminated" || s.restarts != run {
			continue
		}
		if s.exit != told.ExitCode {
			return fmt.Errorf("the status file says that run %d of %s ended with %d, the log with %d", run, name, told.ExitCode, s.exit)
		}
		s.reason, s.ready = told.Reason, ready
		s.message = message{length: len(told.Message), head: told.Message, tail: told.Message, text: told.Message}
		return nil
	}
	return fmt.Errorf("the status file tells of the end of run %d of %s, the log doesn't", run, name)
}

// reasonOf is the reason of an end as far as a log without reasons tells it.
func reasonOf(l logLine) string {
	switch {
	case l.From == "Starting":
		return "StartError"
	case strings.Contains(l.Why, "OOM"):
		return "OOMKilled"
	case *l.ExitCode == 0:
		return "Completed"
	}
	return "Error"
}

// ofNile is who has written what came on nile's own stdout and stderr, as long as nobody knows better.
const ofNile = "nile"

// parseLog takes nile's log out of what was written.
func parseLog(all []written) (log []logLine, rest []written) {
	for _, l := range all {
		var entry logLine
		if l.container == ofNile && json.Unmarshal([]byte(l.text), &entry) == nil && !entry.Time.IsZero() {
			log = append(log, entry)
			continue
		}
		rest = append(rest, l)
	}
	return log, rest
}

// attribute gives what came on nile's own stdout and stderr to the containers that write there, by what they are expected
// to write. The rest is nile's own, or that of a pod of which only the first lines were taken down (oracle/quiet).
func (p *pod) attribute(all []written) (lines []written, rest []string) {
	quiet := p.manifest.annotation("oracle/quiet") > 0
	for _, l := range all {
		if l.container == ofNile {
			for _, c := range p.manifest.containers {
				if c.direct && slices.ContainsFunc(p.want.of(c.name), func(w line) bool { return w.text == l.text }) {
					l.container = c.name
				}
			}
		}
		if l.container == ofNile && quiet {
			continue
		}
		if l.container == ofNile {
			rest = append(rest, l.text)
		}
		lines = append(lines, l)
	}
	return lines, rest
}
