package reaper

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

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

// TestForkingOrphansAreSeen: a process that is left behind and starts another before it
// ends may do so while the process table is being read. There is always one of the two.
func TestForkingOrphansAreSeen(t *testing.T) {
	f := newFixture(t)
	for round := range 50 {
		pid := f.start(&Command{Owner: "app", Argv: []string{"sh", "-c", "sh -c 'sleep 60 &' &"}, Files: stdio, Env: os.Environ()})
		f.exit(pid)
		if f.Strays("app") == 0 || !f.HasStrays() {
			t.Fatalf("round %d: nobody is seen", round)
		}
		f.SignalStrays("app", unix.SIGKILL)
		f.eventually("nobody is left", func() bool { return f.Strays("") == 0 })
	}
}

// TestDoubleForkersAreSeen: the process in the middle of a double fork, in a session of its own,
// has no environment any more while it ends, and its child has whose it is.
func TestDoubleForkersAreSeen(t *testing.T) {
	f := newFixture(t)
	// Not the only owner: else he has whatever nobody is known to own.
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "600"}, Files: stdio, Isolation: NewGroup})
	for round := range 200 {
		pid := f.start(&Command{
			Owner: "app", Cookie: true, Env: os.Environ(), Isolation: NewGroup, Files: stdio,
			Argv: helper("stray", "double fork, session", t.TempDir()+"/pids", "end"),
		})
		f.exit(pid)
		if f.Strays("app") == 0 {
			t.Fatalf("round %d: nobody is seen", round)
		}
		f.SignalStrays("", unix.SIGKILL)
		f.eventually("nobody is left", func() bool { return f.Strays("") == 0 })
	}
}

// TestSoleOwner: where all commands have one owner, he owns the daemon that hides
// completely, and keeps it when others come later.
func TestSoleOwner(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	f.exit(f.start(&Command{
		Owner: "app", Argv: helper("stray", "daemon", file, "end"), Files: stdio, Isolation: NewSession,
	}))
	f.eventually("it is there", func() bool { return len(numbersIn(file)) > 0 && f.Strays("app") == 1 })
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	if f.Strays("app") != 1 || f.Strays("other") != 0 {
		t.Errorf("app %d, other %d", f.Strays("app"), f.Strays("other"))
	}
}

// TestSeenWithItsParent: what was seen while its parent lived is known afterwards,
// however well it hides.
func TestSeenWithItsParent(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	pid := f.start(&Command{Owner: "app", Argv: helper("stray", "empty, session", file, "stay"), Files: stdio})
	f.eventually("it is there", func() bool { return len(numbersIn(file)) == 1 })
	f.Strays("") // the look
	if _, err := f.Signal(pid, unix.SIGKILL, Process); err != nil {
		t.Fatal(err)
	}
	f.exit(pid)
	if n := f.Strays("app"); n != 1 {
		t.Errorf("%d strays", n)
	}
}

// TestLeaderDeparted: a process without any mark is known by the session of an
// orphan that was known, after that has been reaped.
func TestLeaderDeparted(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	f.exit(f.start(&Command{Owner: "app", Cookie: true, Argv: helper("late", file), Env: os.Environ(), Files: stdio}))
	f.eventually("it waits", func() bool { return len(numbersIn(file)) == 1 })
	leader := numbersIn(file)[0]
	if n := f.SignalStrays("app", unix.SIGUSR1); n != 1 {
		t.Fatalf("signalled %d", n)
	}
	f.eventually("its child has taken over", func() bool {
		return len(numbersIn(file)) == 2 && f.exits[leader].PID == leader
	})
	if n := f.Strays("app"); n != 1 {
		t.Errorf("%d strays", n)
	}
}

// TestNobodysStray: a stray of nobody is not hit with a process that has no owner
// either, unless there are no owners at all.
func TestNobodysStray(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	nameless := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio})
	f.exit(f.start(&Command{
		Owner: "app", Argv: helper("stray", "daemon", file, "end"), Files: stdio, Isolation: NewSession,
	}))
	f.eventually("it is there", func() bool { return len(numbersIn(file)) == 1 && f.Strays("") == 1 })
	if n, err := f.Signal(nameless, unix.SIGKILL, Tree); n != 1 || err != nil {
		t.Errorf("killed %d, %v", n, err)
	}
	if n := f.Strays(""); n != 1 {
		t.Errorf("%d strays are left", n)
	}
}

// TestZombieIsNoStray: an orphan that has ended and waits for its reaper doesn't
// count.
func TestZombieIsNoStray(t *testing.T) {
	f := newFixture(t)
	f.start(&Command{Owner: "app", Argv: []string{"sh", "-c", "(exit 5) & exit 0"}, Files: stdio})
	for zombies := 0; zombies < 2; {
		zombies = 0
		table, ok := f.listProcesses()
		if !ok {
			t.Skip("no /proc")
		}
		for _, p := range table {
			if p.parent == f.self && !p.alive {
				zombies++
			}
		}
	}
	if f.HasStrays() || f.Strays("") != 0 {
		t.Error("a zombie was taken for a stray")
	}
}
