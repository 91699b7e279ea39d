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
