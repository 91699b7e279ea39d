package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
	"github.com/nile-init/nile/supervisor"
)

// ended is how a nile ended, and what it said.
type ended struct {
	code   int
	stderr string
}

// runNile runs nile with a command line, in an empty directory.
func runNile(t *testing.T, env []string, args ...string) ended {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, "nile"), args...)
	cmd.Dir, cmd.Env, cmd.Stderr = t.TempDir(), append(append(os.Environ(), "PATH=/usr/bin:/bin"), env...), &stderr
	return ended{exitCodeOf(t, cmd.Run()), stderr.String()}
}

// expectEnd checks the code, and that the only line that was said tells of it.
func (e ended) expectEnd(t *testing.T, code int, why string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit code %d, want %d", e.code, code)
	}
	if lines := strings.Count(e.stderr, "\n"); lines != 1 || !strings.Contains(e.stderr, why) {
		t.Errorf("want one line that says %q, got\n%s", why, e.stderr)
	}
}

func TestExitCodesOfEveryKind(t *testing.T) {
	for code := range 256 {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			e := runNile(t, nil, "--", "sh", "-c", fmt.Sprintf("exit %d", code))
			e.expectEnd(t, code, fmt.Sprintf("sh exited with code %d after ", code))
		})
	}
}

// deadly are the signals that end a process that does nothing about them, signal(7).
func deadly() []int { return numbers(1, 64, 17, 18, 19, 20, 21, 22, 23, 28) }

func TestExitCodesOfEverySignal(t *testing.T) {
	for _, num := range deadly() {
		t.Run(supervisor.SignalName(num), func(t *testing.T) {
			t.Parallel()
			e := runNile(t, nil, "--", "sh", "-c", fmt.Sprintf("ulimit -c 0; kill -%d $$", num))
			e.expectEnd(t, 128+num, fmt.Sprintf("sh was ended by %s after ", supervisor.SignalName(num)))
		})
	}
}

// As PID 1 the codes are the same, though the kernel protects it from signals.
func TestExitCodesAsPID1(t *testing.T) {
	if !canMakeNamespaces() {
		t.Skip("this user may not make a PID namespace")
	}
	inNamespace := func(t *testing.T, script string) int {
		cmd := exec.Command(filepath.Join(bin, "testprogram"), "namespace", filepath.Join(bin, "nile"), "--", "sh", "-c", script)
		return exitCodeOf(t, cmd.Run())
	}
	for _, code := range []int{0, 1, 2, 63, 64, 125, 126, 127, 128, 143, 254, 255} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			if got := inNamespace(t, fmt.Sprintf("test $PPID = 1 && exit %d", code)); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
		})
	}
	for _, num := range []int{1, 2, 6, 9, 11, 13, 15, 31, 34, 64} {
		t.Run(supervisor.SignalName(num), func(t *testing.T) {
			t.Parallel()
			if got := inNamespace(t, fmt.Sprintf("ulimit -c 0; kill -%d $$", num)); got != 128+num {
				t.Errorf("exit code %d, want %d", got, 128+num)
			}
		})
	}
}

func TestExitCodesOfNileItself(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		why  string
	}{
		{[]string{"--no-such-flag", "--", "true"}, 125, "unknown flag: --no-such-flag; see nile --help"},
		{[]string{"--"}, 125, "write nile -- CMD"},
		{[]string{"--", "no-such-command"}, 127, "not found in PATH"},
		{[]string{"--", "/no/such/file"}, 127, "no such file"},
		{[]string{"--", "/"}, 126, "it is a directory"},
		{[]string{"--", "/etc/passwd"}, 126, "chmod +x it"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			runNile(t, nil, test.args...).expectEnd(t, test.code, test.why)
		})
	}
}

func TestExitCodesRemapped(t *testing.T) {
	const killed = "kill -TERM $$"                  // by itself
	const stopped = "kill -TERM $PPID; :; sleep 10" // nile is asked to stop, and passes it on
	for _, test := range []struct {
		name   string
		env    []string
		flags  []string
		script string
		code   int
	}{
		{"code to code", nil, []string{"--remap-exit", "3:4"}, "exit 3", 4},
		{"to failure", nil, []string{"--remap-exit=0:9"}, "exit 0", 9},
		{"another code", nil, []string{"--remap-exit", "3:4"}, "exit 5", 5},
		{"not one after the other", nil, []string{"--remap-exit", "3:4", "--remap-exit", "4:5"}, "exit 3", 4},
		{"the first that fits", nil, []string{"--remap-exit", "3:4,3:5"}, "exit 3", 4},
		{"death by a signal", nil, []string{"--remap-exit", "143:0"}, killed, 0},
		{"only when stopped, and it was", nil, []string{"--remap-exit", "143:0@stopped"}, stopped, 0},
		{"only when stopped, and it was not", nil, []string{"--remap-exit", "143:0@stopped"}, killed, 143},
		{"by the environment", []string{"NILE_REMAP_EXIT=143:0@stopped,3:4"}, nil, "exit 3", 4},
		{"flag over environment", []string{"NILE_REMAP_EXIT=3:4"}, []string{"--remap-exit", "3:6"}, "exit 3", 6},
		{"stopped, with another signal", nil, []string{"--stop-signal=QUIT", "--remap-exit", "131:0@stopped"}, "ulimit -c 0; " + stopped, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := append(append([]string{}, test.flags...), "--", "sh", "-c", test.script)
			if e := runNile(t, test.env, args...); e.code != test.code {
				t.Errorf("exit code %d, want %d; it said\n%s", e.code, test.code, e.stderr)
			}
		})
	}
}

// TestExitCodesTellOfACore asks the kernel first whether a core is dumped here.
func TestExitCodesTellOfACore(t *testing.T) {
	script := "ulimit -c unlimited 2>/dev/null; kill -SEGV $$"
	direct := exec.Command("sh", "-c", script)
	direct.Dir = t.TempDir()
	_ = direct.Run()
	why := "sh was ended by SIGSEGV after "
	if direct.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
		why = "sh was ended by SIGSEGV (core dumped) after "
	}
	runNile(t, nil, "--", "sh", "-c", script).expectEnd(t, 139, why)
}

func TestExitCodesTellOfTheOOMKiller(t *testing.T) {
	dir, _ := testkit.MemoryCgroup(t, "40000000")
	inside := func(script string) ended {
		var stderr bytes.Buffer
		cmd := exec.Command("sh", "-c", `echo $$ >"$1/cgroup.procs" && exec "$2" -- sh -c "$3"`, "sh", dir, filepath.Join(bin, "nile"), script)
		cmd.Stderr = &stderr
		return ended{exitCodeOf(t, cmd.Run()), stderr.String()}
	}
	t.Run("killed by it", func(t *testing.T) {
		const greedy = `exec perl -e '$x = "x" x 200_000_000'` // no more, should the limit fail
		e := inside(greedy)
		e.expectEnd(t, 137, "sh was ended by SIGKILL after ")
		e.expectEnd(t, 137, " (the OOM killer struck in its cgroup)")
	})
	t.Run("killed by somebody else, later", func(t *testing.T) {
		e := inside("kill -KILL $$")
		e.expectEnd(t, 137, "was ended by SIGKILL after")
		if strings.Contains(e.stderr, "OOM") {
			t.Errorf("it blames the OOM killer:\n%s", e.stderr)
		}
	})
}
