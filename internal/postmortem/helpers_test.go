package postmortem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// crash is what the loop would hand over of a process that has just failed in a
// directory.
func crash(dir, name string, restarts int) *Facts {
	f := &Facts{
		Pod:     "shop",
		Capture: supervisor.Capture{Name: name, PID: 4711, Role: supervisor.RoleMain, Restarts: restarts, Trigger: supervisor.TriggerExit, Held: true},
		Process: supervisor.Process{Argv: []string{"/app/server", "--port=8080"}, Env: []string{"PATH=/bin", "DB_PASSWORD=hunter2222"}, Dir: dir},
		Output: func() (Output, bool) {
			return Output{Stdout: []byte("starting\n"), Stderr: []byte("cannot log in with hunter2222\n")}, true
		},
	}
	f.Capture.End = supervisor.Termination{Status: supervisor.Status{Code: 3}, Reason: "Error", Started: time.Now().Add(-time.Second), Finished: time.Now()}
	return f
}

// collect has one report made, and returns it as the store has it.
func collect(t *testing.T, o Options, facts ...*Facts) (*Collector, *Report) {
	t.Helper()
	var last *Report
	o.Reported = func(r *Report) { last = r }
	if o.Trouble == nil {
		o.Trouble = func(err error) { t.Error(err) }
	}
	c := NewCollector(o)
	for _, f := range facts {
		c.Crash(f)
		if !c.Close(time.Minute) {
			t.Fatal("a report takes longer than a minute")
		}
	}
	if last == nil {
		t.Fatal("no report has been made")
	}
	r, err := c.Store().Read(last.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

// tree lists all files below a directory, with their sizes left out.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func userWith(uid uint32) *supervisor.User { return &supervisor.User{UID: &uid} }
