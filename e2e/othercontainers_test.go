//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// strayingPod is a pod whose main process leaves two processes behind, one of them in a session of its own.
const strayingPod = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 3
  containers:
  - name: app
    command: [sh, -c, "(setsid sleep 7041 &) ; (sleep 7042 &) ; exec sleep 7043"]
`

// TestOtherContainersAreLeftAlone has, in one PID namespace and as the same user, a nile whose container leaves processes
// behind, and a container without nile that has an orphan, a zombie, and a process group and a session of its own. Whatever
// nile is told to do, these stay as they are.
func TestOtherContainersAreLeftAlone(t *testing.T) {
	shows(t, "strays, signals, restart, stop and end of one container touch no process of another")
	pod := startPod(t, namespaceOfPod)
	pod.create("other", pod.namespaces, map[string]any{"command": []string{"sh", "-c",
		"(sleep 7051 &); (setsid sleep 7052 &); sh -c 'sleep 0 & exec sleep 7053' & exec sleep 7054"}})
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "pod.yaml"), []byte(strayingPod), 0o644); err != nil {
		t.Fatal(err)
	}
	pod.awaitSleeps(7051, 7052, 7053, 7054)
	var kept []process
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("pause, four sleeps and a zombie: %v", kept) }, func() bool {
		kept = processes(pod.proc())
		return len(kept) == 6 && slices.ContainsFunc(kept, func(p process) bool { return p.state == "Z" })
	})
	if orphan := pod.sleep(7051); orphan.parent != 1 {
		t.Errorf("the other container's orphan is a child of %d, not of pause", orphan.parent)
	}
	web := pod.create("web", pod.namespaces, map[string]any{"args": []string{"run"}, "mounts": machineMounts(mount(directory, "/etc/nile", true))})
	web.awaitNile()
	pod.awaitSleeps(7041, 7042, 7043)

	for _, step := range []struct {
		name    string
		command []string
		runs    bool // afterwards
	}{
		{"a crash with processes left behind", []string{"nile", "signal", "app", "KILL"}, true},
		{"nile restart", []string{"nile", "restart", "app"}, true},
		{"nile stop", []string{"nile", "stop", "app"}, false},
		{"nile start", []string{"nile", "start", "app"}, true},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := pod.sleep7043()
			web.exec(step.command...)
			eventually(t, 30*time.Second, func() string { return fmt.Sprintf("%v to have done its work: %v", step.command, processes(pod.proc())) },
				func() bool {
					now := pod.sleeps(7041, 7042, 7043)
					if !step.runs {
						return len(now) == 0
					}
					return len(now) == 3 && pod.sleep7043() != before
				})
			pod.checkKept(t, kept)
		})
	}
	t.Run("the end of the container", func(t *testing.T) {
		if code := web.stop(20 * time.Second); code != 143 {
			t.Errorf("exit code %d, want 143", code)
		}
		if left := pod.sleeps(7041, 7042, 7043); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		pod.checkKept(t, kept)
	})
}

// sleep7043 is the main process of strayingPod, or nothing where it doesn't run.
func (p *criPod) sleep7043() process {
	p.t.Helper()
	for _, found := range p.sleeps(7043) {
		return found
	}
	return process{}
}

// checkKept wants processes as they were: the same ones, with the same parents and states.
func (p *criPod) checkKept(t *testing.T, kept []process) {
	t.Helper()
	now := processes(p.proc())
	for _, one := range kept {
		if !slices.Contains(now, one) {
			t.Errorf("of the other container is gone, or is another one: %v; now there are %v", one, now)
		}
	}
}
