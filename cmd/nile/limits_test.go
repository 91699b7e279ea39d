package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// log collects what nile says while it runs.
type log struct{ testkit.Buffer }

// waitFor waits until nile has said something n times.
func (l *log) waitFor(t *testing.T, what string, n int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if strings.Count(l.String(), what) >= n {
			return
		}
	}
	t.Fatalf("nile has not said %q %d times:\n%s", what, n, l.String())
}

// TestNoRoomForProcesses takes the room for processes and threads away while a
// pod runs: nile must go on, say so, and start what is due when there is room.
func TestNoRoomForProcesses(t *testing.T) {
	cgroup := testkit.PIDsCgroup(t, "max")
	limit := func(max string) {
		if err := os.WriteFile(filepath.Join(cgroup, "pids.max"), []byte(max), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pod := filepath.Join(t.TempDir(), "pod.yaml")
	manifest := `{apiVersion: v1, kind: Pod, metadata: {name: full}, spec: {containers: [
		{name: brief, command: [sleep, "1"]}, {name: long, command: [sleep, "100"]}]}}`
	if err := os.WriteFile(pod, []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	var said log
	cmd := exec.Command("sh", "-c", `echo $$ >"$1/cgroup.procs" && exec nile run "$2"`, "sh", cgroup, pod)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()

	said.waitFor(t, `"container running"`, 2)
	limit("1")
	said.waitFor(t, "resource temporarily unavailable; trying again in", 3)
	limit("max")
	said.waitFor(t, `"container running"`, 3)
	if strings.Contains(said.String(), `"restarts":2`) {
		t.Error("a start that had no room counts as a restart")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 143 {
		t.Errorf("nile ended with %v, want exit status 143, that of sleep; it said\n%s", err, said.String())
	}
}
