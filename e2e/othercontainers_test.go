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

// TestDebuggersProcessesAreLeftAlone has a container in the PID namespace of one whose PID 1 is nile, as `kubectl debug
// --target` makes it: what it leaves behind becomes a child of nile's, and is not the app's.
func TestDebuggersProcessesAreLeftAlone(t *testing.T) {
	shows(t, "orphans of a debug container outlive nile restart of the app whose PID 1 adopts them")
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "pod.yaml"), []byte(strayingPod), 0o644); err != nil {
		t.Fatal(err)
	}
	pod := startPod(t, namespaceOfContainer)
	web := pod.create("web", pod.namespaces, map[string]any{"args": []string{"run"}, "mounts": machineMounts(mount(directory, "/etc/nile", true))})
	web.awaitNile()
	debug := pod.create("debug", map[string]any{"network": namespaceOfNode, "pid": namespaceOfTarget, "target_id": web.id},
		map[string]any{"command": []string{"sleep", "7091"}})
	debug.exec("sh", "-c", "exec >/dev/null 2>&1; (sleep 7092 &); (setsid sleep 7093 &); exit 0")
	web.exec("sh", "-c", "exec >/dev/null 2>&1; (setsid sleep 7094 &); exit 0") // of the app's own container
	find := func(seconds int) *process {
		proc := web.proc()
		for _, one := range processes(proc) {
			if read(t, fmt.Sprintf("%s/%d/cmdline", proc, one.pid)) == fmt.Sprintf("sleep\x00%d\x00", seconds) {
				return &one
			}
		}
		return nil
	}
	eventually(t, 20*time.Second, func() string { return fmt.Sprint(processes(web.proc())) }, func() bool {
		return find(7041) != nil && find(7042) != nil && find(7092) != nil && find(7093) != nil && find(7094) != nil
	})
	kept := []*process{find(7091), find(7092), find(7093)}
	for _, one := range kept[1:] {
		if one.parent != 1 {
			t.Fatalf("%v is not nile's child", one)
		}
	}
	stray := find(7041)
	web.exec("nile", "restart", "app")
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("another sleep 7041: %v", processes(web.proc())) },
		func() bool { now := find(7041); return now != nil && *now != *stray })
	for i, seconds := range []int{7091, 7092, 7093} {
		if now := find(seconds); now == nil || *now != *kept[i] {
			t.Errorf("of the debug container: %v is gone or another one: %v", kept[i], now)
		}
	}
	t.Logf("what exec has left in the app's own container: %v", find(7094))
}
