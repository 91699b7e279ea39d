package reaper

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTermTree sends TERM to a whole tree once.
func TestTermTree(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	pid := f.start(&Command{Owner: "app", Argv: helper("tree", file, "1"), Env: os.Environ(), Files: stdio})
	f.eventually("three processes", func() bool { return len(numbersIn(file)) == 3 })
	if n, err := f.Signal(pid, unix.SIGTERM, Tree); n != 3 || err != nil {
		t.Errorf("signalled %d, %v", n, err)
	}
	if status := f.exit(pid).Status; status.Signal() != unix.SIGTERM {
		t.Errorf("status %#x", int(status))
	}
}

// TestGroup: a group signal reaches the child's group, and never nile's own.
func TestGroup(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	for _, isolation := range []Isolation{NewGroup, NewSession} {
		os.Remove(file)
		pid := f.start(&Command{Argv: helper("tree", file, "1"), Env: os.Environ(), Files: stdio, Isolation: isolation})
		f.eventually("three processes", func() bool { return len(numbersIn(file)) == 3 })
		if n, err := f.Signal(pid, unix.SIGTERM, Group); n != 1 || err != nil {
			t.Errorf("signalled %d, %v", n, err)
		}
		for _, one := range numbersIn(file) {
			f.eventually("all are dead", func() bool { return !isAlive(one) })
		}
	}
	// In nile's own group only the process itself is signalled: this test lives.
	pid := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio})
	if n, err := f.Signal(pid, unix.SIGTERM, Group); n != 1 || err != nil {
		t.Errorf("signalled %d, %v", n, err)
	}
	if status := f.exit(pid).Status; status.Signal() != unix.SIGTERM {
		t.Errorf("status %#x", int(status))
	}
}

// TestSignalRefusesReaped: a process id that is not that of a started and unreaped
// process gets no signal, whatever the scope.
func TestSignalRefusesReaped(t *testing.T) {
	f := newFixture(t)
	pid := f.start(&Command{Owner: "app", Argv: []string{"true"}, Isolation: NewSession})
	f.exit(pid)
	for _, foreign := range []int{pid, os.Getpid(), os.Getppid(), 0, -1, 1} {
		for _, scope := range []Scope{Process, Group, Tree} {
			n, err := f.Signal(foreign, unix.SIGTERM, scope)
			var refused *SignalError
			if n != 0 || !errors.As(err, &refused) || !errors.Is(err, syscall.ESRCH) {
				t.Errorf("process %d, scope %d: %d, %v", foreign, scope, n, err)
			}
		}
	}
	_, err := f.Signal(pid, unix.SIGTERM, Process)
	want := "cannot send SIGTERM to process " + strconv.Itoa(pid) + ": it was not started here or has been reaped already"
	if err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}

// TestRecycledProcessID makes the kernel give the number of a reaped process to a
// stranger, who must not get the signals that were meant for the first.
func TestRecycledProcessID(t *testing.T) {
	needMode(t, modeInit)
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	forker := f.start(&Command{Owner: "forker", Argv: helper("on-demand", file), Env: os.Environ(), Files: stdio})
	f.eventually("the forker waits", func() bool { return len(numbersIn(file)) == 1 })
	victim := 0
	// A thread that somebody makes meanwhile takes a number too: try again until
	// the wanted one went to the forker's child.
	for attempt := 2; !slices.Contains(numbersIn(file), victim); attempt++ {
		if attempt > 50 {
			t.Fatal("the kernel does not give the number again")
		}
		victim = f.start(&Command{Owner: "victim", Argv: []string{"true"}})
		f.exit(victim)
		last := strconv.Itoa(victim - 1)
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(last), 0); err != nil {
			t.Skip("cannot choose process ids: ", err)
		}
		f.Signal(forker, unix.SIGUSR1, Process)
		f.eventually("its child is there", func() bool { return len(numbersIn(file)) == attempt })
	}
	if n, err := f.Signal(victim, unix.SIGKILL, Tree); n != 0 || !errors.Is(err, unix.ESRCH) {
		t.Errorf("signalled %d, %v", n, err)
	}
	if !isAlive(victim) {
		t.Error("the stranger with the recycled number is dead")
	}
}

// TestFoundProcessIsRecognised: a process from /proc is signalled only if it is
// still the one that was seen, with pidfds and without.
func TestFoundProcessIsRecognised(t *testing.T) {
	f := newFixture(t)
	pid := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio})
	seen, _ := readProcess(pid, make([]byte, 1024))
	seen.parent = 0 // as if it were a descendant further down
	impostor := seen
	impostor.start--
	for _, noPidfd := range []bool{false, true} {
		f.noPidfd = noPidfd
		if err := f.signalFound(impostor, unix.SIGKILL); err != unix.ESRCH {
			t.Errorf("pidfd off %v: another start time: %v", noPidfd, err)
		}
		if err := f.signalFound(seen, 0); err != nil {
			t.Errorf("pidfd off %v: the same process: %v", noPidfd, err)
		}
	}
	if f.drain(); f.exits[pid].PID != 0 {
		t.Error("the impostor's signal arrived")
	}
}
