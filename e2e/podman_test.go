//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// podman is a Podman of its own, with its containers' root file system: the machine's programs, read-only.
type podman struct {
	t       *testing.T
	options []string // of podman itself
	root    string   // of the containers
	init    string   // nile, by the name of the init in whose place it is put
}

func newPodman(t *testing.T) *podman {
	t.Helper()
	dir, err := os.MkdirTemp("", "nile-e2e-podman-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// conmon, which outlives the container, still tidies up.
		eventually(t, 30*time.Second, func() string { return fmt.Sprint("cannot remove ", dir, ": ", os.RemoveAll(dir)) },
			func() bool { return os.RemoveAll(dir) == nil })
	})
	p := &podman{t: t, root: filepath.Join(dir, "rootfs"), init: filepath.Join(dir, "catatonit")}
	p.options = []string{
		"--root", filepath.Join(dir, "storage"), "--runroot", filepath.Join(dir, "run"), "--tmpdir", filepath.Join(dir, "tmp"),
		"--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none",
		// runc: crun refuses a machine that has cgroups of both versions.
		"--runtime", "runc",
	}
	for _, name := range []string{"dev", "etc", "proc", "run", "sys", "tmp", "usr"} {
		if err := os.MkdirAll(filepath.Join(p.root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64"} {
		if target, err := os.Readlink("/" + name); err == nil {
			if err := os.Symlink(target, filepath.Join(p.root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink(nile, p.init); err != nil {
		t.Fatal(err)
	}
	return p
}

// in is the same Podman for a part of the test.
func (p *podman) in(t *testing.T) *podman {
	part := *p
	part.t = t
	return &part
}

// arguments are the command line of `podman run`. Left alone, Podman raises the limits, which takes a capability that not
// every machine's root has.
func (p *podman) arguments(options []string, args ...string) []string {
	run := append(append([]string{}, p.options...), "run", "--network", "none", "--volume", "/usr:/usr:ro",
		"--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
	return append(append(append(run, options...), "--rootfs", p.root), args...)
}

// withInit puts nile where Podman's own init would be.
func (p *podman) withInit(more ...string) []string {
	return append([]string{"--init", "--init-path", p.init}, more...)
}

// do runs a command of Podman's and returns its stdout.
func (p *podman) do(args ...string) string {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := command("podman", append(append([]string{}, p.options...), args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("podman %s: %v\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String())
}

// runToEnd runs a container in the foreground.
func (p *podman) runToEnd(options []string, args ...string) result {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := command("podman", p.arguments(append(options, "--rm"), args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its exit code is the container's
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// start starts a container in the background, which is removed when the test ends, and waits until it says "ready".
func (p *podman) start(options []string, args ...string) (id string) {
	p.t.Helper()
	run := p.arguments(append(options, "--detach"), args...)
	id = p.do(run[len(p.options):]...)
	p.t.Cleanup(func() { p.do("rm", "--force", "--time", "0", id) })
	eventually(p.t, 20*time.Second, func() string { return "ready in the log of " + id },
		func() bool { return strings.Contains(p.do("logs", id), "ready") })
	return id
}

// inspect is a number that Podman has of a container.
func (p *podman) inspect(id, format string) int {
	p.t.Helper()
	number, err := strconv.Atoi(p.do("inspect", "--format", format, id))
	if err != nil {
		p.t.Fatal(err)
	}
	return number
}

// stop is `podman stop`; it returns the exit code and how long it took.
func (p *podman) stop(id string, grace time.Duration) (code int, took time.Duration) {
	p.t.Helper()
	asked := time.Now()
	p.do("stop", "--time", strconv.Itoa(int(grace.Seconds())), id)
	return p.inspect(id, "{{.State.ExitCode}}"), time.Since(asked)
}

func TestPodmanInit(t *testing.T) {
	shows(t, "podman run --init with nile in the place of catatonit")
	p := newPodman(t)
	for _, test := range []struct {
		name, script string
		code         int
	}{
		{"success", "exit 0", 0},
		{"failure", "exit 42", 42},
		{"ended by a signal", "kill -KILL $$", 137},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := p.in(t)
			if got := p.runToEnd(p.withInit(), "sh", "-c", test.script); got.code != test.code || got.stdout+got.stderr != "" {
				t.Errorf("exit code %d, want %d; it wrote %q, want nothing", got.code, test.code, got.stdout+got.stderr)
			}
		})
	}
	t.Run("is nile", func(t *testing.T) {
		p := p.in(t)
		got := p.runToEnd(p.withInit(), "sh", "-c", "echo below $PPID; cat /proc/1/comm; /run/podman-init --version")
		lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if len(lines) != 3 || lines[0] != "below 1" || lines[1] != "podman-init" || !strings.Contains(lines[2], "nile") {
			t.Errorf("the parent, PID 1 and its version: %q; stderr:\n%s", lines, got.stderr)
		}
	})
	t.Run("reaps", func(t *testing.T) {
		p := p.in(t)
		id := p.start(p.withInit(), "sh", "-c", "echo ready; exec tail -f /dev/null")
		proc := fmt.Sprintf("/proc/%d/root/proc", p.inspect(id, "{{.State.Pid}}"))
		zombies := watchZombies(func() []process { return processes(proc) })
		p.do("exec", id, "sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do sleep 0.5 & i=$((i+1)); done; exit 0", orphans))
		eventually(t, 20*time.Second, func() string { return fmt.Sprintf("the end of the orphans in %v", processes(proc)) },
			func() bool { return processOf(processes(proc), "sleep") == nil })
		zombies.check(t)
	})
}

// TestPodmanStop stops containers whose grace is much longer than they need.
func TestPodmanStop(t *testing.T) {
	shows(t, "podman kill and stop")
	const grace, atMost = 60 * time.Second, 20 * time.Second
	p := newPodman(t)
	t.Run("signals", func(t *testing.T) {
		p := p.in(t)
		id := p.start(p.withInit(), "sh", "-c",
			`trap 'exit 9' TERM; trap 'echo heard USR1' USR1; trap 'echo heard HUP' HUP; echo ready; while :; do sleep 0.1; done`)
		for _, name := range []string{"USR1", "HUP"} {
			p.do("kill", "--signal", name, id)
			eventually(t, 20*time.Second, func() string { return "heard " + name + " in the log" },
				func() bool { return strings.Contains(p.do("logs", id), "heard "+name) })
		}
		if code, took := p.stop(id, grace); code != 9 || took > atMost {
			t.Errorf("it ended with code %d after %s, want code 9 at once", code, took)
		}
	})
	t.Run("ended by TERM", func(t *testing.T) {
		p := p.in(t)
		id := p.start(p.withInit(), "sh", "-c", "echo ready; exec sleep 1000")
		if code, took := p.stop(id, grace); code != 143 || took > atMost {
			t.Errorf("it ended with code %d after %s, want code 143 at once", code, took)
		}
	})
	t.Run("is seen", func(t *testing.T) { // the tests would notice a command that does not hear of its end
		p := p.in(t)
		const grace = 2 * time.Second
		id := p.start(nil, "sh", "-c", "echo ready; exec sleep 1000")
		if code, took := p.stop(id, grace); code != 137 || took < grace {
			t.Errorf("it ended with code %d after %s, want KILL's 137 after %s", code, took, grace)
		}
	})
}

func TestPodmanTerminal(t *testing.T) {
	shows(t, "podman run --init -it: job control, ^C, size")
	p := newPodman(t)
	run := p.arguments(p.withInit("--interactive", "--tty", "--rm", "--env", "PS1=prompt> "),
		"bash", "--norc", "--noprofile", "--noediting", "-i")
	tty := onTerminal(t, "podman", run...)
	tty.waitFor("prompt> ", 1)
	tty.types("echo under $PPID, $(cat /proc/1/comm)\n")
	tty.waitFor("under 1, podman-init\n", 1)

	tty.types("sleep 1000\n")
	time.Sleep(500 * time.Millisecond) // for the job to be in front
	tty.types("\x1a")
	tty.waitFor("Stopped", 1)
	tty.types("fg; echo code=$?\n")
	tty.waitFor("sleep 1000\n", 2)
	time.Sleep(300 * time.Millisecond)
	tty.types("\x03")
	tty.types("echo back: $((6 * 7))\n")
	tty.waitFor("back: 42\n", 1)

	tty.resizes()
	tty.types("exit 7\n")
	if code := tty.end(); code != 7 {
		t.Errorf("exit code %d, want bash's 7", code)
	}
	if strings.Contains(tty.text(), "no job control") {
		t.Errorf("on the terminal:\n%s", tty.text())
	}
}
