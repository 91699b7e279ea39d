package reaper

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

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
	f.killCgroup(f.started[pid], []*child{f.started[pid]})
	f.exit(pid)
	f.eventually("the cgroup is empty", func() bool { return len(cgroupProcesses(dir)) == 0 })

	// The descriptor by which it was entered is not passed on.
	if got := f.output(&Command{Argv: []string{"sh", "-c", "ls -l /proc/$$/fd; true"}, Cgroup: dir}); strings.Contains(got, "cgroup") {
		t.Errorf("descriptors of the child:\n%s", got)
	}

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
