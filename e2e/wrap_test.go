//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// confined are the options for a container with nothing but its program: an ordinary user, no capabilities, and a
// read-only root.
func confined(more ...string) []string {
	return machineOptions(append([]string{"--user", "65534:65534", "--cap-drop", "ALL",
		"--security-opt", "no-new-privileges"}, more...)...)
}

func TestWrappedExitCode(t *testing.T) {
	shows(t, "exit codes as an ordinary user on a read-only root without capabilities")
	machine := machineImage(t)
	for _, test := range []struct {
		name    string
		command []string
		code    int
	}{
		{"success", []string{"sh", "-c", "exit 0"}, 0},
		{"failure", []string{"sh", "-c", "exit 42"}, 42},
		{"the highest code", []string{"sh", "-c", "exit 255"}, 255},
		{"ended by a signal", []string{"sh", "-c", "kill -KILL $$"}, 128 + 9},
		{"not executable", []string{"/etc/passwd"}, 126},
		{"not found", []string{"/no/such/program"}, 127},
		{"no command", nil, 125},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runToEnd(t, machine, confined(), append([]string{"--"}, test.command...)...)
			if got.code != test.code {
				t.Errorf("exit code %d, want %d; stderr:\n%s", got.code, test.code, got.stderr)
			}
			if test.code >= 125 && test.code <= 127 && len(test.command) > 0 && !strings.Contains(got.stderr, test.command[0]) {
				t.Errorf("stderr doesn't name %s:\n%s", test.command[0], got.stderr)
			}
		})
	}
}

// TestWrappedTerm stops a container whose command has its own way to end.
func TestWrappedTerm(t *testing.T) {
	shows(t, "TERM reaches the command, whose code is the container's")
	c := start(t, machineImage(t), confined(), "--", "sh", "-c",
		`trap 'echo got TERM; exit 9' TERM; echo ready; while :; do sleep 0.1; done`)
	eventually(t, 20*time.Second, c.stderr, func() bool { return strings.Contains(c.stdout(), "ready") })
	if first := processOf(processes(c.proc()), "nile"); first == nil || first.pid != 1 {
		t.Errorf("nile is not PID 1: %v", processes(c.proc()))
	}
	code, _ := c.stop(30 * time.Second)
	if code != 9 || !strings.Contains(c.stdout(), "got TERM") {
		t.Errorf("exit code %d and stdout %q, want code 9 and \"got TERM\"", code, c.stdout())
	}
}

// TestOrphansAreReaped makes orphans in two ways: below the command, and through docker exec.
func TestOrphansAreReaped(t *testing.T) {
	shows(t, "orphans of the command and of docker exec are reaped")
	c := start(t, machineImage(t), confined(), "--", "sh", "-c",
		`for i in 1 2 3 4 5 6 7 8 9 10; do setsid sh -c 'sleep 0.3 & sleep 0.2 & exit 7' & done; wait; exec tail -f /dev/null`)
	proc := c.proc()
	zombies := watchZombies(func() []process { return processes(proc) })
	makeOrphans(t, c)
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("only nile and tail in %v", processes(proc)) }, func() bool {
		all := processes(proc)
		return len(all) == 2 && processOf(all, "nile") != nil && processOf(all, "tail") != nil
	})
	zombies.check(t)
}

// TestZombiesAreSeen shows that the tests would notice an init that doesn't reap: the same orphans under tail as PID 1.
func TestZombiesAreSeen(t *testing.T) {
	shows(t, "the control: the same orphans stay zombies under a PID 1 that does not reap")
	c := start(t, machineImage(t), machineOptions("--entrypoint", "tail"), "-f", "/dev/null")
	proc := c.proc()
	zombies := watchZombies(func() []process { return processes(proc) })
	makeOrphans(t, c)
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("zombies among %v", processes(proc)) }, func() bool {
		return len(zombies.found()) >= orphans
	})
	close(zombies.stop)
	zombies.stopped.Wait()
}

// orphans is how many makeOrphans makes.
const orphans = 50

// makeOrphans lets a shell inside the container start processes and end before them, so that PID 1 becomes their parent;
// it returns when they have ended too.
func makeOrphans(t *testing.T, c *container) {
	t.Helper()
	c.exec("sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do sleep 0.5 & i=$((i+1)); done; exit 0", orphans))
	proc := c.proc()
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("the end of the orphans in %v", processes(proc)) }, func() bool {
		for _, p := range processes(proc) {
			if p.name == "sleep" && p.state != "Z" {
				return false
			}
		}
		return true
	})
}
