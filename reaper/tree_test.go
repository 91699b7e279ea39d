package reaper

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// kindNames are the kinds of stray in a fixed order.
func kindNames() []string {
	var names []string
	for name := range strayKinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestTreeFindsStrays: a SIGKILL to a tree reaches whatever the process forked
// and hid, and nothing of anybody else.
func TestTreeFindsStrays(t *testing.T) {
	for _, kind := range kindNames() {
		t.Run(kind, func(t *testing.T) {
			f := newFixture(t)
			file := t.TempDir() + "/pids"
			other := f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
			pid := f.start(&Command{
				Owner: "app", Cookie: true, Env: os.Environ(), Isolation: NewSession, Files: stdio,
				Argv: helper("stray", kind, file, "stay"),
			})
			f.eventually("it is there", func() bool {
				// With a double fork the middle process must have gone too.
				return len(numbersIn(file)) == 1 && (!strayKinds[kind].double || f.HasStrays())
			})
			stray := numbersIn(file)[0]
			n, err := f.Signal(pid, unix.SIGKILL, Tree)
			if err != nil {
				t.Fatal(err)
			}
			want := 2
			if kind == "daemon" {
				// Own session, emptied environment, parent gone before anybody
				// looked, and more than one owner: it is nobody's.
				if want = 1; f.Strays("") != 1 || f.Strays("app") != 0 {
					t.Errorf("strays: %d of all, %d of the app", f.Strays(""), f.Strays("app"))
				}
				f.SignalStrays("", unix.SIGKILL)
			}
			if n != want {
				t.Errorf("killed %d, want %d", n, want)
			}
			f.eventually("the stray is dead", func() bool { return !isAlive(stray) })
			f.exit(pid)
			if !isAlive(other) {
				t.Error("another owner's process was hit")
			}
		})
	}
}

// TestStraysAreFound: what a process left behind when it ended is counted and
// signalled, by its owner.
func TestStraysAreFound(t *testing.T) {
	for _, kind := range kindNames() {
		t.Run(kind, func(t *testing.T) {
			f := newFixture(t)
			file := t.TempDir() + "/pids"
			// Not its own session: else that alone would give the stray away.
			f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio, Isolation: NewGroup})
			pid := f.start(&Command{
				Owner: "app", Cookie: true, Env: os.Environ(), Isolation: NewGroup, Files: stdio,
				Argv: helper("stray", kind, file, "end"),
			})
			f.exit(pid)
			f.eventually("it is there", func() bool { return len(numbersIn(file)) == 1 })
			stray := numbersIn(file)[0]
			f.eventually("the middle process is gone", func() bool { return f.Strays("") == 1 })
			if !f.HasStrays() {
				t.Error("HasStrays: no")
			}
			owner := "app"
			// These lead or changed group and session, and have no cookie.
			if k := strayKinds[kind]; k.empty && (k.sid || k.group) {
				owner = ""
			}
			if owner != "" && f.Strays(owner) != 1 {
				t.Errorf("not attributed to its owner")
			}
			if f.Strays("other") != 0 {
				t.Errorf("attributed to another owner")
			}
			if n := f.SignalStrays(owner, unix.SIGTERM); n != 1 {
				t.Errorf("signalled %d", n)
			}
			f.eventually("the stray has been reaped", func() bool { return f.exits[stray].PID == stray })
			if status := f.exits[stray].Status; status.Signal() != unix.SIGTERM {
				t.Errorf("status %#x", int(status))
			}
			if f.HasStrays() || f.Strays("") != 0 {
				t.Error("still strays")
			}
		})
	}
}

// TestDaemonSeenInTime: a daemon that hides completely is known by a look at the
// table from before its parents ended, and a single owner owns all.
func TestDaemonSeenInTime(t *testing.T) {
	file := t.TempDir() + "/pids"
	daemon := func(f *fixture) int {
		f.exit(f.start(&Command{
			Owner: "app", Argv: helper("stray", "daemon", file, "end"), Files: stdio, Isolation: NewSession,
		}))
		f.eventually("it is there", func() bool { return len(numbersIn(file)) > 0 && f.Strays("") == 1 })
		return numbersIn(file)[0]
	}
	t.Run("single owner", func(t *testing.T) {
		f := newFixture(t)
		daemon(f)
		if n := f.SignalStrays("app", unix.SIGKILL); n != 1 {
			t.Errorf("killed %d", n)
		}
	})
	os.Remove(file)
	t.Run("remembered", func(t *testing.T) {
		f := newFixture(t)
		f.Strays("") // nothing yet; from here on there is a memory
		daemon(f)
		// A second owner comes later; what has been attributed stays so.
		f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
		if f.Strays("app") != 1 || f.Strays("other") != 0 {
			t.Errorf("app %d, other %d", f.Strays("app"), f.Strays("other"))
		}
	})
}

// TestForkingTree: neither a tree of some size nor one whose process changes its
// id all the time outruns SIGKILL.
func TestForkingTree(t *testing.T) {
	t.Run("wide", func(t *testing.T) {
		f := newFixture(t)
		file := t.TempDir() + "/pids"
		pid := f.start(&Command{Owner: "app", Argv: helper("tree", file, "4"), Env: os.Environ(), Files: stdio})
		f.eventually("it has begun to grow", func() bool { return len(numbersIn(file)) >= 3 })
		if _, err := f.Signal(pid, unix.SIGKILL, Tree); err != nil {
			t.Fatal(err)
		}
		f.exit(pid)
		for _, one := range numbersIn(file) {
			f.eventually("all are dead", func() bool { return !isAlive(one) })
		}
		f.eventually("nothing is left", func() bool { return !f.HasStrays() })
	})
	t.Run("hopping", func(t *testing.T) {
		f := newFixture(t)
		file := t.TempDir() + "/pids"
		f.exit(f.start(&Command{Owner: "app", Argv: helper("hop", file, "2000"), Env: os.Environ(), Files: stdio}))
		f.eventually("it hops", func() bool { return len(numbersIn(file)) >= 5 })
		if n := f.SignalStrays("app", unix.SIGKILL); n < 1 {
			t.Errorf("killed %d", n)
		}
		f.eventually("it is dead", func() bool { return childless() })
		if hops := len(numbersIn(file)); hops >= 2000 {
			t.Error("it ended by itself")
		}
	})
}

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

// TestCgroup: a command is born in its cgroup, and cgroup.kill and the list of
// its processes reach what hides from everything else.
func TestCgroup(t *testing.T) {
	needRoot(t, "a writable cgroup v2")
	dir := makeCgroup(t)
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	pid := f.start(&Command{
		Owner: "app", Cgroup: dir, Files: stdio, Argv: helper("stray", "daemon", file, "stay"),
	})
	f.eventually("it is there", func() bool { return len(numbersIn(file)) == 1 && f.HasStrays() })
	if n := f.Strays("app"); n != 1 {
		t.Errorf("%d strays by the cgroup", n)
	}
	if n, err := f.Signal(pid, unix.SIGKILL, Tree); n != 2 || err != nil {
		t.Errorf("killed %d, %v", n, err)
	}
	f.exit(pid)
	f.eventually("the cgroup is empty", func() bool { return len(cgroupProcesses(dir)) == 0 })

	// The kernel's own way alone does it too.
	os.Remove(file)
	pid = f.start(&Command{Owner: "app", Cgroup: dir, Files: stdio, Argv: helper("tree", file, "2"), Env: os.Environ()})
	f.eventually("seven processes", func() bool { return len(numbersIn(file)) == 7 })
	f.killCgroup(f.started[pid])
	f.exit(pid)
	f.eventually("the cgroup is empty", func() bool { return len(cgroupProcesses(dir)) == 0 })

	_, err := f.Start(&Command{Argv: []string{"true"}, Cgroup: dir + "/none"})
	if err == nil || !strings.Contains(err.Error(), dir+"/none") {
		t.Errorf("a cgroup that is not there: %v", err)
	}
}

func makeCgroup(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Skip("no /proc/mounts")
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[2] != "cgroup2" {
			continue
		}
		dir := fields[1] + "/nile-test-" + strconv.Itoa(os.Getpid())
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip("cgroup v2 is not writable: ", err)
		}
		t.Cleanup(func() { os.Remove(dir) })
		return dir
	}
	t.Skip("no cgroup v2 mounted")
	return ""
}

// TestDegraded: where nile may not become a subreaper, strays are still found by
// their cookie.
func TestDegraded(t *testing.T) {
	f := newFixture(t)
	f.output(&Command{Argv: helper("degraded", t.TempDir()+"/pids"), Env: os.Environ()})
}

// TestManyEnded: the memory of ended processes stays in bounds.
func TestManyEnded(t *testing.T) {
	f := newFixture(t)
	for i := range 1200 {
		f.enter(1<<22+i, &Command{Owner: "probe", Argv: []string{"true"}}) // beyond any pid_max
		f.leave(1<<22+i, process{})
	}
	if len(f.ended) > 600 {
		t.Errorf("%d ended processes are remembered", len(f.ended))
	}
}

// TestWithoutProc: with an empty /proc nile starts, reaps and signals groups, and
// says nothing about strays that it cannot see.
func TestWithoutProc(t *testing.T) {
	needMode(t, modeNoProc)
	f := newFixture(t)
	umask := 0o022
	pid := f.start(&Command{
		Argv: []string{"sh", "-c", "sleep 60 & wait"}, Files: stdio, Isolation: NewGroup, Umask: &umask,
	})
	if f.HasStrays() || f.Strays("") != 0 || f.SignalStrays("", unix.SIGKILL) != 0 {
		t.Error("strays out of nothing")
	}
	if n, err := f.Signal(pid, unix.SIGKILL, Tree); n != 1 || err != nil {
		t.Errorf("tree: %d, %v", n, err)
	}
	f.exit(pid)
	f.eventually("its group is dead too", childless)
	adjustment := 10
	_, err := f.Start(&Command{Argv: []string{"true"}, OOMScoreAdj: &adjustment})
	if err == nil || !strings.Contains(err.Error(), "cannot set oom_score_adj to 10") {
		t.Errorf("oom_score_adj without /proc: %v", err)
	}
}

// TestAlienProc: a /proc that shows another PID namespace is not believed.
func TestAlienProc(t *testing.T) {
	needMode(t, modeAlien)
	f := newFixture(t)
	if f.procUsable() {
		t.Fatal("it is believed")
	}
	pid := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio, Isolation: NewSession})
	if f.Strays("") != 0 || f.HasStrays() {
		t.Error("strays of another namespace")
	}
	if n, err := f.Signal(pid, unix.SIGKILL, Tree); n != 1 || err != nil {
		t.Errorf("tree: %d, %v", n, err)
	}
	f.exit(pid)
}
