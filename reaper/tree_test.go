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
