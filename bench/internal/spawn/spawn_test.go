package spawn

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"
)

// One test for the life of a process, since Sweep ends all the test's children.
func TestStartStopSweep(t *testing.T) {
	if err := Adopt(); err != nil {
		t.Fatal(err)
	}
	p, err := Start([]string{"/bin/sh", "-c", "sleep 60 & sleep 60 & wait"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var below []int
	for deadline := time.Now().Add(10 * time.Second); len(below) < 2 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if below, err = Descendants(p.PID); err != nil {
			t.Fatal(err)
		}
	}
	if len(below) != 2 {
		t.Fatalf("descendants of the shell: %v, want its two sleeps", below)
	}
	memory, err := ReadMemory(p.PID)
	if err != nil || memory.Resident < memory.Dirty+memory.Clean || memory.Dirty == 0 {
		t.Errorf("memory of the shell: %+v, %v", memory, err)
	}
	tasks, err := ReadTasks(p.PID)
	if err != nil || tasks.Threads != 1 || tasks.Switches == 0 {
		t.Errorf("threads of the shell: %+v, %v; want one that has run", tasks, err)
	}
	status, err := p.Stop(syscall.SIGTERM, 10*time.Second)
	if err != nil || status.Signal() != syscall.SIGTERM {
		t.Errorf("Stop returned %v, %v; want the end by SIGTERM", status, err)
	}
	left, err := Descendants(os.Getpid())
	if err != nil || !slices.Contains(left, below[0]) || !slices.Contains(left, below[1]) {
		t.Errorf("left behind: %v, %v; want the sleeps %v, adopted", left, err, below)
	}
	if err := Sweep(10 * time.Second); err != nil {
		t.Error(err)
	}
	for _, pid := range below {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("process %d after Sweep: %v, want %v", pid, err, syscall.ESRCH)
		}
	}
}

func TestStopTellsOfAnEarlyEnd(t *testing.T) {
	p, err := Start([]string{"/bin/sh", "-c", "exit 3"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); len(p.done) == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if _, err = p.Stop(syscall.SIGTERM, 10*time.Second); err == nil || err.Error() != "/bin/sh ended by itself, with exit code 3" {
		t.Errorf("Stop returned %v", err)
	}
}

func TestStartOfNothing(t *testing.T) {
	if _, err := Start([]string{"/nowhere/init"}, Options{}); err == nil || err.Error() != "cannot start /nowhere/init: no such file or directory" {
		t.Errorf("Start returned %v", err)
	}
}

func TestParseStat(t *testing.T) {
	for raw, want := range map[string]struct {
		pid, parent int
		ok          bool
	}{
		"17 (sleep) S 4 17 17 0":          {17, 4, true},
		"18 (a) R 1 (b) S 5 18 18":        {18, 5, true},
		"19 (no parent) S":                {0, 0, false},
		"":                                {0, 0, false},
		"x (not a number) S 4 17 17 0 -1": {0, 0, false},
	} {
		if pid, parent, ok := parseStat([]byte(raw)); pid != want.pid || parent != want.parent || ok != want.ok {
			t.Errorf("parseStat(%q) = %d, %d, %t; want %+v", raw, pid, parent, ok, want)
		}
	}
}

func TestParseMemory(t *testing.T) {
	got, err := parseMemory([]byte("55ad-7fff ---p 00000000 00:00 0    [rollup]\nRss:      1644 kB\nPss_Dirty:   9 kB\nPrivate_Clean:    64 kB\nPrivate_Dirty:   116 kB\n"))
	if want := (Memory{Resident: 1644, Dirty: 116, Clean: 64}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if _, err := parseMemory([]byte("Rss: 1 kB\n")); err == nil {
		t.Error("a rollup without private pages was taken")
	}
}

func TestContainerIsPID1WithItsOwnProc(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make namespaces")
	}
	log := filepath.Join(t.TempDir(), "log")
	p, err := Start([]string{"/bin/sh", "-c", "echo $$ $(cut -d ' ' -f 1 /proc/self/stat) && sleep 60"}, Options{Container: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	var said []byte
	for deadline := time.Now().Add(10 * time.Second); len(said) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		said, _ = os.ReadFile(log)
	}
	// The shell is 1; cut, in whatever process, has a small number too.
	if !regexp.MustCompile(`^1 [2-9]\n$`).Match(said) {
		t.Errorf("the program says %q, want its process id 1 and a small one from /proc", said)
	}
	if cpu, err := CPU(p.PID); err != nil || cpu <= 0 || cpu > 10*time.Second {
		t.Errorf("its CPU time is %v, %v", cpu, err)
	}
	if _, err := p.Stop(syscall.SIGKILL, 10*time.Second); err != nil {
		t.Error(err)
	}
	if err := Sweep(10 * time.Second); err != nil {
		t.Error(err)
	}
}
