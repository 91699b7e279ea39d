package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestForeignInitIsTold has a sleep for PID 1 of a PID namespace, as a pause is in a pod whose containers share their
// processes, and a nile beside it.
func TestForeignInitIsTold(t *testing.T) {
	parent := testkit.PIDsCgroup(t, "max")
	groupOf := func(digit string) string {
		dir := filepath.Join(parent, strings.Repeat(digit, 64))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(dir) })
		return dir
	}
	enter := `echo $$ >"$1/cgroup.procs" && shift && exec "$@"`
	pauseGroup, ownGroup := groupOf("a"), groupOf("b")
	pause := exec.Command("sh", "-c", enter, "sh", pauseGroup, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "echo; exec sleep 600")
	runs, err := pause.StdoutPipe()
	if err == nil {
		err = pause.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pause.Process.Kill()
		_ = pause.Wait()
	})
	_, err = runs.Read(make([]byte, 1))
	first, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pause.Process.Pid))
	if err != nil || len(first) == 0 {
		t.Fatalf("no PID 1: %v", err)
	}
	nsenter := []string{"nsenter", "--target", strings.TrimSpace(string(first)), "--pid", "--mount"}
	nile := []string{filepath.Join(bin, "nile"), "--control=off"}
	for _, test := range []struct {
		name, group string
		command     []string
		told        string
	}{
		{"another container", ownGroup, append([]string{"unshare", "--mount"}, nile...),
			"this container shares its processes: PID 1 is sleep of container aaaaaaaaaaaa. nile reaps"},
		{"another container, quiet", ownGroup, append(append([]string{"unshare", "--mount"}, nile...), "--log-level=error"), ""},
		{"the same container", pauseGroup, nile, ""},
		{"a shell of the same container that has mounts of its own", pauseGroup, append([]string{"unshare", "--mount"}, nile...), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append(append([]string{"-c", enter, "sh", test.group}, nsenter...), test.command...)
			var said log
			run := exec.Command("sh", append(args, "--", "cat")...)
			run.Stdout, run.Stderr = &said, &said
			input, err := run.StdinPipe() // cat ends when it is closed
			if err == nil {
				err = run.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if test.told != "" {
				said.waitFor(t, test.told, 1)
			}
			input.Close()
			if err := run.Wait(); err != nil || test.told == "" && strings.Contains(said.String(), "PID 1") {
				t.Errorf("%v\n%s", err, said.String())
			}
		})
	}
}
