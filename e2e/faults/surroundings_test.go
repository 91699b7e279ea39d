package faults

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestNoProc: /proc is not mounted. What a container leaves behind cannot be found then, but
// all that nile has started itself is looked after.
func TestNoProc(t *testing.T) {
	p := start(t, always("ACTOR, exit, '3'"), options{noProc: true, before: "umount -l /proc"})
	p.awaitOutput("steady 20")
	p.await("broken is started again and again", func() bool {
		return strings.Count(p.stderr.String(), "crashed") > 2 || strings.Count(p.stderr.String(), "exited with code 3") > 2
	})
	p.signalUnseen()
	p.exits(143)
}

// signalUnseen sends SIGTERM to the child of unshare, whose program cannot be told where
// /proc is of another namespace: it is nile by now.
func (p *pod) signalUnseen() {
	p.t.Helper()
	child := onlyChild(p.cmd.Process.Pid)
	p.pid = child
	p.signal(15)
}

// TestAnotherNamespacesProc: /proc shows the processes of the outer namespace, whose numbers
// mean others. None of these may be taken for nile's own.
func TestAnotherNamespacesProc(t *testing.T) {
	stranger := exec.Command(actorOrSkip(t), "sleep")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	p := start(t, once("ACTOR, daemon"), options{noProc: true})
	p.awaitOutput("steady 20")
	p.signalUnseen()
	p.exits(143)
	if err := stranger.Process.Kill(); err != nil {
		t.Errorf("a process of the outer namespace has ended: %v", err)
	}
	_ = stranger.Wait()
}

func actorOrSkip(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make namespaces")
	}
	return actor
}

// TestHidepid: /proc shows each user its own processes only, and nile is not root.
func TestHidepid(t *testing.T) {
	p := start(t, once("ACTOR, daemon"), options{
		before: "mount -o remount,hidepid=2 /proc\nchown 65534 DIR",
		within: []string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"},
	})
	p.awaitWords("behind") // its child has ended by then, or ends just now
	p.holds("steady")
	p.end(143)
}

// TestCAPKILLMissing: the child runs as another user, and nile has no capability to signal it.
// It says so, and ends all the same: with it, as PID 1, its processes end.
func TestCAPKILLMissing(t *testing.T) {
	spec := always("ACTOR, sleep") + "    securityContext: {runAsUser: 1234}\n"
	p := start(t, spec, options{within: []string{"setpriv", "--bounding-set", "-kill", "--inh-caps", "-kill"}})
	p.holds("steady")
	p.signal(15)
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatal("nile waits forever for a child that it may not signal")
	}
	if !strings.Contains(p.stderr.String(), "operation not permitted") {
		t.Error("nile does not say that it may not signal its child")
	}
}

// TestClockJumps: the clock is set an hour forth and back while back-offs and probes run.
// nile counts by a clock that nobody sets; only the times that it tells are others.
func TestClockJumps(t *testing.T) {
	p := start(t, always("ACTOR, exit, '3'"), options{
		// The monotonic clock of the namespace is a day ahead from the start: what has been
		// reckoned by another clock would be due at once, or never.
		around: []string{"unshare", "--time", "--fork", "--kill-child", "--monotonic", "86400", "--boottime", "-1000"},
	})
	p.running("steady")
	before := p.containers()["broken"].Restarts
	p.await("back-offs go on", func() bool { return p.containers()["broken"].Restarts > before+3 })
	p.holds("steady")
	p.end(143)
}

// TestFewProcessIDs: numbers of processes come again soon, and nobody is taken for another:
// what ends is what nile has started, and nothing else is signalled.
func TestFewProcessIDs(t *testing.T) {
	if !pidMaxOfNamespaces(t) {
		t.Skip("needs Linux 6.14, where each PID namespace has its own kernel.pid_max")
	}
	p := start(t, always("ACTOR, orphans, '1500', '30'"), options{before: "echo 400 >/proc/sys/kernel/pid_max"})
	for range 3 {
		p.holds("steady")
	}
	p.awaitOutput("all orphans are made")
	p.holds("steady")
	p.end(143)
}

// pidMaxOfNamespaces tells whether kernel.pid_max may be set in a namespace: elsewhere that
// would be the whole machine's.
func pidMaxOfNamespaces(t *testing.T) bool {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(release), "%d.%d", &major, &minor); err != nil {
		t.Fatalf("kernel %q: %v", release, err)
	}
	return major > 6 || major == 6 && minor >= 14
}
