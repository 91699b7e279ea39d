package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestTERMInTheFirstMoments: whenever SIGTERM comes, a nile that is PID 1 ends with the code
// that is documented: its command's, and never the one of Go's runtime, which is 2.
func TestTERMInTheFirstMoments(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make PID namespaces")
	}
	manifest := filepath.Join(t.TempDir(), "pod.yaml")
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec:\n  containers:\n  - {name: main, command: [sleep, \"1000\"]}\n"
	if err := os.WriteFile(manifest, []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 3))
	for _, args := range [][]string{{"--", "sleep", "1000"}, {"run", manifest}} {
		for range 60 {
			after := time.Duration(random.IntN(5_000_000))
			if code, text := terminatedAfter(t, after, args); code != 128+int(syscall.SIGTERM) {
				t.Fatalf("nile %q, SIGTERM after %v: exit code %d, want 143; it said\n%s", args, after, code, text)
			}
		}
	}
}

// terminatedAfter runs nile as PID 1 and sends SIGTERM that long after its start. The kernel
// keeps no signal that reaches a PID 1 before its first instruction, so it is sent until
// nile ends.
func terminatedAfter(t *testing.T, after time.Duration, args []string) (code int, text string) {
	t.Helper()
	said, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd := exec.Command(filepath.Join(bin, "nile"), args...)
	cmd.Stderr = said
	cmd.Env = append(os.Environ(), "NILE_CONTROL=off")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	giveUp := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer giveUp.Stop()
	for wait := time.After(after); ; wait = time.After(time.Second) {
		select {
		case <-ended:
			data, _ := os.ReadFile(said.Name())
			return cmd.ProcessState.ExitCode(), string(data)
		case <-wait:
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}
}
