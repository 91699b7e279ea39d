package faults

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// within is a command that becomes its arguments as a member of a cgroup.
func within(cgroup string) []string {
	return []string{"sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, cgroup}
}

// TestForkEAGAIN: the pids cgroup has no room for another process. What cannot be started is
// tried again until it can.
func TestForkEAGAIN(t *testing.T) {
	cgroup := testkit.PIDsCgroup(t, "max")
	allow := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(cgroup, "pids.max"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, always("ACTOR, sleep"), options{around: within(cgroup)})
	victim := p.outside(p.running("steady").PID)
	p.running("broken")
	allow("1")
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.awaitWords("resource temporarily unavailable")
	if p.zombies() > 0 {
		t.Error("what has ended is not reaped where nothing can be started")
	}
	allow("max")
	p.holds("steady")
	p.end(143)
}

// TestForkENOMEM: the kernel has no memory for a new process, ever. Nothing runs, and nile
// still answers, and ends when it is asked to.
func TestForkENOMEM(t *testing.T) {
	p := start(t, always("ACTOR, sleep"), options{within: []string{"ACTOR", "refuse", "ENOMEM", "clone"}})
	p.awaitWords("cannot allocate memory")
	p.await("nile listens", func() bool {
		_, err := os.Stat(p.socket())
		return err == nil
	})
	p.signal(syscall.SIGTERM)
	p.await("nile ends", p.over)
	if code := p.cmd.ProcessState.ExitCode(); code < 0 {
		t.Errorf("nile was ended by a signal: %v", p.cmd.ProcessState)
	}
}

// TestEMFILE: there is a descriptor for hardly anything. Containers that cannot be started
// for that are tried again, and the one that runs is supervised.
func TestEMFILE(t *testing.T) {
	spec := always("ACTOR, sleep")
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		spec += "  - name: more-" + name + "\n    command: [ACTOR, sleep]\n"
	}
	p := start(t, spec, options{within: []string{"prlimit", "--nofile=48"}})
	p.awaitWords("too many open files")
	p.awaitOutput("steady 30")
	p.signal(syscall.SIGTERM)
	p.exits(143)
}
