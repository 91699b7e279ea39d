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
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// pause is the binary, built as it is shipped.
var pause string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "nile-pause-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil { // some tests run it as another user
			panic(err)
		}
		pause = filepath.Join(dir, "pause")
		if err := testkit.Build("-trimpath", "-ldflags=-s -w -X main.version=v1.2.3", "-o", pause, "."); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// running is a pause that runs.
type running struct {
	*exec.Cmd
	t      *testing.T
	stderr bytes.Buffer
}

// start starts a pause and waits until it is ready: until it ignores what it does.
func start(t *testing.T, change func(*exec.Cmd)) *running {
	t.Helper()
	r := &running{Cmd: exec.Command(pause), t: t}
	r.Stderr = &r.stderr
	if change != nil {
		change(r.Cmd)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.Process.Kill()
		_ = r.Wait()
	})
	r.await("to be ready", func() bool { return strings.Contains(r.status(), "SigIgn:\tfffffffffffbbefd") })
	return r
}

func (r *running) await(what string, holds func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("waited 30 s for pause %s:\n%s", what, r.status())
		}
	}
}

func (r *running) status() string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.Process.Pid))
	return string(text)
}

// end ends pause by a signal and wants exit code 0.
func (r *running) end(sig syscall.Signal) {
	r.t.Helper()
	if err := r.Process.Signal(sig); err != nil {
		r.t.Fatal(err)
	}
	if err := r.Wait(); err != nil {
		r.t.Fatalf("after %v: %v, want exit code 0", sig, err)
	}
}

// namespace makes pause PID 1 of a PID namespace.
func namespace(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make a PID namespace")
	}
	return func(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID} }
}

// inside runs a shell command as a container of the pod would.
func (r *running) inside(script string) {
	r.t.Helper()
	command := exec.Command("nsenter", "--target", fmt.Sprint(r.Process.Pid), "--pid", "sh", "-c", script)
	if out, err := command.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v: %s", script, err, out)
	}
}

func TestEndsOnTERMAndINT(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		r := start(t, namespace(t))
		r.end(sig)
		if want := "nile-pause: shutting down, got " + sig.String() + "\n"; r.stderr.String() != want {
			t.Errorf("it said %q, want %q", r.stderr.String(), want)
		}
	}
}

func TestOutlivesEveryOtherSignalOfItsContainers(t *testing.T) {
	r := start(t, namespace(t))
	// SIGKILL and SIGSTOP are the kernel's to drop.
	r.inside("for n in $(seq 1 64); do case $n in 2|15) ;; *) kill -$n 1 || exit 1;; esac; done")
	r.inside("kill -0 1")
	r.end(syscall.SIGTERM)
}

// An ordinary process has no protection by the kernel.
func TestOutlivesSignalsOutsideOfAPIDNamespace(t *testing.T) {
	r := start(t, nil)
	for n := syscall.Signal(1); n <= 64; n++ {
		switch n {
		case syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGSTOP:
		default:
			if err := r.Process.Signal(n); err != nil {
				t.Fatalf("signal %d: %v", n, err)
			}
		}
	}
	r.end(syscall.SIGINT)
	if !strings.HasPrefix(r.stderr.String(), "nile-pause: warning: it is not PID 1") {
		t.Errorf("no warning that it is not PID 1: %q", r.stderr.String())
	}
}

func TestLeavesNoZombieOfABurst(t *testing.T) {
	r := start(t, namespace(t))
	// Each subshell dies at once and leaves its child to pause.
	r.inside("for n in $(seq 300); do (sleep 0.05 &) ; done")
	r.await("to be alone", func() bool { return len(r.children()) == 0 })
	r.inside("(exit 0) & (sleep 0.01 &)")
	r.await("to be alone again", func() bool { return len(r.children()) == 0 })
	r.end(syscall.SIGTERM)
}

// children are the processes that pause has been given, each with its state.
func (r *running) children() (found []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, _ := os.ReadFile(name)
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == r.Process.Pid {
			found = append(found, state+" "+name)
		}
	}
	return found
}

func TestNeedsNothing(t *testing.T) {
	clone := namespace(t)
	r := start(t, func(c *exec.Cmd) {
		clone(c)
		// No privileges, an empty directory without /proc and /dev for a root, no open file.
		dir := t.TempDir()
		for at := dir; at != "/tmp" && at != "/"; at = filepath.Dir(at) {
			_ = os.Chmod(at, 0o755)
		}
		binary, err := os.ReadFile(pause)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "pause"), binary, 0o555)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Path, c.Args, c.Env = "/pause", []string{"/pause"}, []string{}
		c.SysProcAttr.Chroot = dir
		c.SysProcAttr.Credential = &syscall.Credential{Uid: 65535, Gid: 65535}
		c.Dir = "/"
	})
	if status := r.status(); !strings.Contains(status, "CapEff:\t0000000000000000") || !strings.Contains(status, "Uid:\t65535") {
		t.Errorf("it was not started without privileges:\n%s", status)
	}
	r.end(syscall.SIGTERM)
}

func TestClosedStreams(t *testing.T) {
	out, err := exec.Command("sh", "-c", `"$1" <&- >&- 2>&- & pid=$!
until grep -q 'SigIgn:.fffffffffffbbefd' /proc/$pid/status; do sleep 0.01; done
kill -TERM $pid; wait $pid`, "sh", pause).CombinedOutput()
	if err != nil {
		t.Errorf("with closed streams: %v: %s", err, out)
	}
}

func TestVersion(t *testing.T) {
	for _, arguments := range [][]string{{"-v"}, {"-V"}, {"x", "-v"}} {
		out, err := exec.Command(pause, arguments...).Output()
		if err != nil || string(out) != "nile-pause v1.2.3\n" {
			t.Errorf("nile-pause %q printed %q, %v", arguments, out, err)
		}
	}
}

func TestFitsItsImage(t *testing.T) {
	about, err := os.Stat(pause)
	if err != nil {
		t.Fatal(err)
	}
	const most = 1_700_000
	if about.Size() > most {
		t.Errorf("the binary has %d bytes, want at most %d", about.Size(), most)
	}
}
