//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// withInit are the options for a container whose command is a shell's, below the engine's init.
func withInit() []string { return machineOptions("--init", "--entrypoint", "sh") }

func TestDockerInit(t *testing.T) {
	shows(t, "docker run --init with nile in the place of tini: codes, version, 50 orphans")
	needNileAsDockerInit(t)
	image := machineImage(t)
	if info := docker(t, "info"); strings.Contains(info, "failed to retrieve docker-init") {
		t.Errorf("docker info does not understand nile's version:\n%s", info)
	}
	for _, test := range []struct {
		name, script string
		code         int
	}{
		{"success", "exit 0", 0},
		{"failure", "exit 42", 42},
		{"ended by a signal", "kill -KILL $$", 137},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := runToEnd(t, image, withInit(), "-c", test.script); got.code != test.code || got.stdout+got.stderr != "" {
				t.Errorf("exit code %d, want %d; it wrote %q, want nothing", got.code, test.code, got.stdout+got.stderr)
			}
		})
	}
	t.Run("is nile", func(t *testing.T) {
		got := runToEnd(t, image, withInit(), "-c", "cat /proc/1/comm; /sbin/docker-init --version")
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if len(lines) != 2 || lines[0] != "docker-init" || !strings.HasPrefix(lines[1], "tini version ") || !strings.Contains(lines[1], "nile") {
			t.Errorf("PID 1 and its version: %q; stderr:\n%s", lines, got.stderr)
		}
	})
	t.Run("reaps", func(t *testing.T) {
		c := start(t, image, withInit(), "-c", "exec tail -f /dev/null")
		proc := c.proc()
		zombies := watchZombies(func() []process { return processes(proc) })
		makeOrphans(t, c)
		zombies.check(t)
	})
}

// TestDockerStop stops containers whose grace is much longer than they need.
func TestDockerStop(t *testing.T) {
	shows(t, "docker stop: the own end, TERM, a process left behind; with and without --init")
	const grace, atMost = 60 * time.Second, 20 * time.Second
	image := machineImage(t)
	obeys := []string{"sh", "-c", `trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done`}
	plain := []string{"sh", "-c", `echo ready; exec sleep 1000`}
	beside := []string{"sh", "-c", `sleep 1000 & echo ready; wait`} // TERM ends the shell alone
	for _, test := range []struct {
		name    string
		init    bool
		command []string
		code    int
	}{
		{"its own end", false, obeys, 9},
		{"ended by TERM", false, plain, 143},
		{"with a process left behind", false, beside, 143},
		{"--init, its own end", true, obeys, 9},
		{"--init, ended by TERM", true, plain, 143},
	} {
		t.Run(test.name, func(t *testing.T) {
			options, args := machineOptions(), append([]string{"--"}, test.command...)
			if test.init {
				needNileAsDockerInit(t)
				options, args = withInit(), test.command[1:]
			}
			c := start(t, image, options, args...)
			eventually(t, 20*time.Second, c.stderr, func() bool { return strings.Contains(c.stdout(), "ready") })
			if code, took := c.stop(grace); code != test.code || took > atMost {
				t.Errorf("it ended with code %d after %s, want code %d at once", code, took, test.code)
			}
		})
	}
}

// TestDockerStopIsSeen shows that the tests would notice a command that does not hear of its end: as PID 1 an ordinary
// program ignores TERM.
func TestDockerStopIsSeen(t *testing.T) {
	shows(t, "the control: a plain PID 1 is killed after its grace")
	const grace = 2 * time.Second
	c := start(t, machineImage(t), machineOptions("--entrypoint", "sleep"), "1000")
	if code, took := c.stop(grace); code != 137 || took < grace {
		t.Errorf("it ended with code %d after %s, want KILL's 137 after %s", code, took, grace)
	}
}
