package reaper

import (
	"os"
	"slices"
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
	t.Run("several at once", func(t *testing.T) {
		f := newFixture(t)
		var files []string
		var pids []int
		for range 4 {
			files = append(files, t.TempDir()+"/pids")
			pids = append(pids, f.start(&Command{
				Owner: files[len(files)-1], Argv: helper("tree", files[len(files)-1], "3"), Env: os.Environ(), Files: stdio}))
		}
		// The last one is to live, another has been reaped already.
		dead := f.start(&Command{Owner: "dead", Argv: []string{"true"}})
		f.exit(dead)
		for _, file := range files {
			f.eventually("it has begun to grow", func() bool { return len(numbersIn(file)) >= 3 })
		}
		if _, err := f.KillTrees(append([]int{dead}, pids[:3]...)); err != nil {
			t.Fatal(err)
		}
		for i, pid := range pids[:3] {
			f.exit(pid)
			for _, one := range numbersIn(files[i]) {
				f.eventually("all are dead", func() bool { return !isAlive(one) })
			}
		}
		f.eventually("the last one has grown", func() bool { return len(numbersIn(files[3])) == 15 })
		for _, one := range numbersIn(files[3]) {
			if !isAlive(one) {
				t.Errorf("process %d of another tree was hit", one)
			}
		}
	})
	t.Run("hopping", func(t *testing.T) {
		f := newFixture(t)
		file := t.TempDir() + "/pids"
		f.exit(f.start(&Command{Owner: "app", Argv: helper("hop", file, "2000"), Env: os.Environ(), Files: stdio}))
		f.eventually("it hops", func() bool { return len(numbersIn(file)) >= 5 })
		// One sweep nearly always gets it; it may be missed when the machine is busy,
		// and whoever sweeps looks again.
		killed := 0
		for sweep := 0; sweep < 20 && !childless(); sweep++ {
			killed += f.SignalStrays("app", unix.SIGKILL)
			f.Drain(func(Exit) {})
		}
		if killed < 1 {
			t.Errorf("killed %d", killed)
		}
		f.eventually("it is dead", func() bool { return childless() })
		if hops := len(numbersIn(file)); hops >= 2000 {
			t.Error("it ended by itself")
		}
	})
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
	// The same number again is another process.
	for pid := range f.ended {
		f.enter(pid, &Command{Owner: "probe", Argv: []string{"true"}})
		if f.ended[pid] != nil {
			t.Errorf("number %d both runs and has ended", pid)
		}
		delete(f.started, pid)
	}
}
