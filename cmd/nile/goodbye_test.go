package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseOfPID1IsTold releases a hold whose nile is PID 1, and whose end so ends all in its PID namespace: the verb
// has said what it has done by then, and its exit code is its own.
func TestReleaseOfPID1IsTold(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make a PID namespace")
	}
	nile := filepath.Join(bin, "nile")
	for i := range 5 {
		control := fmt.Sprintf("@nile-test-goodbye-%d-%d", os.Getpid(), i)
		held := exec.Command("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", nile, "--hold", "--control", control, "--", "sh", "-c", "exit 9")
		var said log
		held.Stderr = &said
		if err := held.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = held.Process.Kill() })
		said.waitFor(t, "is held", 1)
		first, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", held.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		enter := []string{"--target", strings.TrimSpace(string(first)), "--pid", "--mount", nile, "release", "--control", control}
		if out, err := exec.Command("nsenter", enter...).CombinedOutput(); err != nil || string(out) != "the hold is over\n" {
			t.Errorf("nile release: %v, %q", err, out)
		}
		if err := held.Wait(); held.ProcessState.ExitCode() != 9 {
			t.Errorf("nile ended with %v, want code 9", err)
		}
	}
}
