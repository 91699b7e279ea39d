package reaper

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBurst starts many short processes, eight at a time, each of which leaves an
// orphan that ends with a code of its own: no end is lost and none is taken for
// another's.
func TestBurst(t *testing.T) {
	for _, observe := range []bool{false, true} {
		t.Run("observe="+strconv.FormatBool(observe), func(t *testing.T) { burst(t, observe) })
	}
}

func burst(t *testing.T, observe bool) {
	const total, atOnce, orphanCode = 500, 8, 77
	f := newFixture(t)
	f.Observe = observe
	var orphans int
	pending := make(map[int]int) // process id to number
	ended := 0
	check := func(exit Exit) {
		if !exit.Started {
			orphans++
			if exit.Status.ExitStatus() != orphanCode {
				t.Errorf("orphan %d: status %#x", exit.PID, int(exit.Status))
			}
			return
		}
		number, known := pending[exit.PID]
		if !known {
			t.Fatalf("process %d was reported twice or never started", exit.PID)
		}
		delete(pending, exit.PID)
		ended++
		if exit.Owner != "burst#"+strconv.Itoa(number) {
			t.Errorf("number %d: owner %q", number, exit.Owner)
		}
		if number%10 == 0 {
			if !exit.Status.Signaled() || exit.Status.Signal() != unix.SIGUSR1 {
				t.Errorf("number %d: status %#x, want death by SIGUSR1", number, int(exit.Status))
			}
		} else if exit.Status.ExitStatus() != number%64 {
			t.Errorf("number %d: exit status %d", number, exit.Status.ExitStatus())
		}
	}
	next := 0
	f.eventually("all have ended, with their orphans", func() bool {
		f.Drain(check)
		for len(pending) < atOnce && next < total {
			script := "(exit " + strconv.Itoa(orphanCode) + ") & exit " + strconv.Itoa(next%64)
			if next%10 == 0 {
				script = "(exit " + strconv.Itoa(orphanCode) + ") & kill -USR1 $$"
			}
			pid := f.start(&Command{
				Owner: "burst#" + strconv.Itoa(next), Argv: []string{"sh", "-c", script}, Files: stdio,
			})
			pending[pid] = next
			next++
		}
		// The fixture's own drain would take exits from check.
		for _, exit := range f.order {
			check(exit)
		}
		f.order = nil
		return ended == total && orphans == total
	})
	f.drain()
	if len(f.order) != 0 || f.Running() != 0 {
		t.Errorf("left over: %v, %d running", f.order, f.Running())
	}
}

// TestUsage: what a process consumed comes with its end.
func TestUsage(t *testing.T) {
	f := newFixture(t)
	exit := f.exit(f.start(&Command{
		Argv: []string{"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"}, Files: stdio,
	}))
	if exit.Usage.User+exit.Usage.System <= 0 {
		t.Errorf("no processor time: %+v", exit.Usage)
	}
	if exit.Usage.MaxRSS < 100<<10 || exit.Usage.MaxRSS > 1<<30 {
		t.Errorf("peak memory %d bytes", exit.Usage.MaxRSS)
	}
}

// TestOrphanNote: the end of an orphan names its command, the parent that it
// lost and whom it belonged to.
func TestOrphanNote(t *testing.T) {
	f := newFixture(t)
	other := f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	parent := f.start(&Command{
		Owner: "web#1", Argv: []string{"sh", "-c", "sleep 61 & exit 3"}, Files: stdio, Isolation: NewGroup,
	})
	if code := f.exit(parent).Status.ExitStatus(); code != 3 {
		t.Fatalf("exit code %d", code)
	}
	f.eventually("the orphan runs sleep", func() bool {
		members, _ := f.survey()
		strays := straysOf(members, "web#1")
		return len(strays) == 1 && strays[0].command == "sleep"
	})
	if n := f.SignalStrays("web#1", unix.SIGTERM); n != 1 {
		t.Fatalf("signalled %d strays", n)
	}
	var orphan Exit
	f.eventually("the orphan has been reaped", func() bool {
		for _, exit := range f.order {
			if !exit.Started {
				orphan = exit
			}
		}
		return orphan.PID != 0
	})
	if orphan.Command != "sleep" || orphan.Owner != "web#1" ||
		orphan.LostParent != "sh" || orphan.LostParentPID != parent {
		t.Errorf("the note says %+v", orphan)
	}
	if !isAlive(other) {
		t.Error("another owner's process was hit")
	}
}

// TestOrphanNoteAfterLook: a look at the process table while the family was
// complete is remembered: the lost parent is named though it led nothing.
func TestOrphanNoteAfterLook(t *testing.T) {
	f := newFixture(t)
	file := t.TempDir() + "/pids"
	f.start(&Command{Owner: "main", Isolation: NewGroup, Files: stdio,
		Argv: []string{"sh", "-c", "sh -c 'sleep 62 & echo $$ >>" + file + "; echo $! >>" + file + "; wait' & wait; wait"}})
	f.start(&Command{Owner: "other", Argv: []string{"sleep", "60"}, Files: stdio})
	f.eventually("the family is there", func() bool { return len(numbersIn(file)) == 2 })
	if n := f.Strays(""); n != 0 { // this is the look
		t.Fatalf("%d strays in a complete family", n)
	}
	pids := numbersIn(file)
	middle, last := pids[0], pids[1]
	unix.Kill(middle, unix.SIGKILL)
	f.eventually("the grandchild is a stray", func() bool { return f.HasStrays() })
	unix.Kill(last, unix.SIGKILL)
	f.eventually("the orphan has been reaped", func() bool { return f.exits[last].PID == last })
	if exit := f.exits[last]; exit.LostParentPID != middle || exit.LostParent != "sh" || exit.Owner != "main" {
		t.Errorf("the note says %+v, want parent %d", exit, middle)
	}
}

// TestNotesOff: without Observe orphans are reaped all the same, nameless.
func TestNotesOff(t *testing.T) {
	f := newFixture(t)
	f.Observe = false
	f.exit(f.start(&Command{Owner: "only", Argv: []string{"sh", "-c", "(exit 5) & exit 0"}, Files: stdio}))
	f.eventually("the orphan has been reaped", func() bool { return len(f.order) == 2 })
	for _, exit := range f.order {
		if !exit.Started && (exit.Status.ExitStatus() != 5 || exit.Command != "" || exit.Owner != "only") {
			t.Errorf("the orphan: %+v", exit)
		}
	}
}

// TestStopIsNoEnd: a process that is stopped and continued is not reported.
func TestStopIsNoEnd(t *testing.T) {
	f := newFixture(t)
	pid := f.start(&Command{Argv: []string{"sleep", "60"}, Files: stdio})
	for _, sig := range []unix.Signal{unix.SIGSTOP, unix.SIGCONT} {
		if _, err := f.Signal(pid, sig, Process); err != nil {
			t.Fatal(err)
		}
		f.drain()
	}
	if len(f.order) != 0 {
		t.Errorf("reported: %+v", f.order)
	}
	f.Signal(pid, unix.SIGKILL, Process)
	if status := f.exit(pid).Status; status.Signal() != unix.SIGKILL {
		t.Errorf("status %#x", int(status))
	}
}

// TestSubreaper: not as PID 1, orphans come to nile nevertheless.
func TestSubreaper(t *testing.T) {
	f := newFixture(t)
	f.output(&Command{Argv: helper("subreaper", t.TempDir()+"/pids"), Env: os.Environ()})
}

// TestInNamespaces repeats what matters as PID 1, which nile mostly is.
func TestInNamespaces(t *testing.T) {
	t.Run("as PID 1", func(t *testing.T) {
		inNamespaces(t, modeInit, "TestBurst|TestUsage|TestOrphanNote|TestTreeFindsStrays|TestStraysAreFound|"+
			"TestForkingTree|TestSignalRefusesReaped|TestSettingsReachTheChild|TestRecycledProcessID")
	})
	t.Run("without /proc", func(t *testing.T) {
		inNamespaces(t, modeNoProc, "TestBurst|TestUsage|TestNotesOff|TestWithoutProc|TestStopIsNoEnd")
	})
	t.Run("with the /proc of another namespace", func(t *testing.T) {
		inNamespaces(t, modeAlien, "TestAlienProc|TestNotesOff")
	})
}

// TestAsOrdinaryUser repeats, when root runs the tests, what an ordinary user sees
// differently: refusals, and environments that he may or may not read.
func TestAsOrdinaryUser(t *testing.T) {
	needRoot(t, "to become an ordinary user")
	program := publicCopy(t)
	f := newFixture(t)
	dir := filepath.Dir(program)
	if err := os.Mkdir(dir+"/tmp", 0o777); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir+"/tmp", 0o777)
	const run = "TestCapabilityErrors|TestCredentialErrors|TestForkLimit|TestTreeFindsStrays|TestStraysAreFound"
	got := f.output(&Command{
		Argv: []string{program, "-test.run=^(" + run + ")$", "-test.v", "-test.timeout=120s"},
		Env:  append(os.Environ(), "TMPDIR="+dir+"/tmp"), Dir: dir + "/tmp",
		Credential: &Credential{UID: 54323, GID: 54323, SetGroups: true},
	})
	for name := range strings.SplitSeq(run, "|") {
		if !strings.Contains(got, "--- PASS: "+name+" ") {
			t.Errorf("%s did not pass:\n%s", name, got)
		}
	}
}
