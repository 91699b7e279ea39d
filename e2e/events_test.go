//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// event is a line of nile's log where it is JSON: a container's step from one state to the next.
type event struct {
	Time      string `json:"ts"`
	Level     string `json:"level"`
	Message   string `json:"msg"`
	Container string `json:"container"`
	From      string `json:"from"`
	To        string `json:"to"`
	Why       string `json:"why"`
	PID       int    `json:"pid"`
	ExitCode  *int   `json:"exitCode"`
}

// The states that the tests look for; supervisor/doc.go explains them.
const (
	running   = "Running"
	stopping  = "Stopping"
	killing   = "Killing"
	completed = "Completed"
	failed    = "Failed"
)

// events are nile's own lines in a stderr that its children share.
func events(stderr string) []event {
	var found []event
	for line := range strings.Lines(stderr) {
		var e event
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &e) == nil && e.Time != "" {
			found = append(found, e)
		}
	}
	return found
}

// when is the position of a container's last step into a state, or -1.
func when(all []event, container string, to ...string) int {
	for i, e := range slices.Backward(all) {
		if e.Container == container && e.From != e.To && slices.Contains(to, e.To) {
			return i
		}
	}
	return -1
}

// step is a container's step into one of some states.
type step struct {
	container string
	to        []string
}

func (s step) String() string { return s.container + " " + strings.Join(s.to, " or ") }

// checkOrder fails the test unless each of the steps before has happened, and happened before each of the steps after.
func checkOrder(t *testing.T, all []event, before, after []step) {
	t.Helper()
	for _, b := range before {
		for _, a := range after {
			first, second := when(all, b.container, b.to...), when(all, a.container, a.to...)
			if first < 0 || second < 0 || first >= second {
				t.Errorf("want %q before %q; they are at the positions %d and %d of %+v", b, a, first, second, all)
			}
		}
	}
}
