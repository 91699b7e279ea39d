package reaper

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/testkit"
)

// buildInherit builds testdata/inherit with the entry point of package startstate.
func buildInherit(t *testing.T) string {
	t.Helper()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("this machine has no entry point")
	}
	// The results of tests are cached until a file changes that they have read, and
	// the go command that is run below reads all these.
	for _, pattern := range []string{"*.go", "*.s", "../internal/signals/*.[gs]*", "../internal/startstate/*.[gs]*", "testdata/inherit/*.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			_, _ = os.ReadFile(file)
		}
	}
	path := filepath.Join(t.TempDir(), "inherit")
	if err := testkit.Build("-ldflags", "-E nile_start", "-o", path, "./testdata/inherit"); err != nil {
		t.Fatal(err)
	}
	return path
}

// maskOf is a list of signals as /proc/PID/status shows it.
func maskOf(list string) string {
	var mask uint64
	for word := range strings.SplitSeq(list, ",") {
		if num, err := strconv.Atoi(word); err == nil {
			mask |= 1 << (num - 1)
		}
	}
	return fmt.Sprintf("%016x", mask)
}

// TestTheChildInheritsWhatNileWasStartedWith: the ignored and the blocked signals
// and the limit of open files are the launcher's to the bit.
func TestTheChildInheritsWhatNileWasStartedWith(t *testing.T) {
	program := buildInherit(t)
	var every []string // but SIGKILL and SIGSTOP, which can be neither
	for num := 1; num <= 64; num++ {
		if num != 9 && num != 19 {
			every = append(every, strconv.Itoa(num))
		}
	}
	all := strings.Join(every, ",")
	for _, way := range []string{"open", "plain"} {
		for _, test := range []struct{ name, ignore, block string }{
			{"nothing", "-", "-"},
			{"INT SEGV TTOU ignored, ILL TERM TTIN blocked", "2,11,22", "4,15,21"},
			{"nohup", "1", "-"},
			{"as a Python or shell parent", "13,17,25", "-"},
			{"what Go keeps to itself", "23,27,32,33,34", "23,27,32,33,34"},
			{"all ignored", all, "-"},
			{"all blocked", "-", all},
			{"all ignored and blocked", all, all},
		} {
			t.Run(way+"/"+test.name, func(t *testing.T) {
				output, err := exec.Command(program, "launch", test.ignore, test.block, "345",
					program, way, "cat", "/proc/self/status", "/proc/self/limits").Output()
				if err != nil {
					t.Fatal(err)
				}
				for name, want := range map[string]string{
					"SigIgn:": maskOf(test.ignore), "SigBlk:": maskOf(test.block),
					"SigCgt:": maskOf("-"), "SigPnd:": maskOf("-"), "ShdPnd:": maskOf("-"),
				} {
					if got := line(string(output), name); got != want {
						t.Errorf("%s %s, want %s", name, got, want)
					}
				}
				if got := line(string(output), "Max open files"); !strings.HasPrefix(got, "345 ") {
					t.Errorf("open files %s, want 345", got)
				}
			})
		}
	}
}

// TestALimitThatWasSetSinceIsKept: what somebody sets after the start of nile is
// what the child gets.
func TestALimitThatWasSetSinceIsKept(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	set := before
	set.Cur = 222
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &set, nil); err != nil {
		t.Fatal(err)
	}
	defer unix.Prlimit(0, unix.RLIMIT_NOFILE, &before, nil)
	f := newFixture(t)
	if got := line(whatTheChildSees(f, Command{}), "Max open files"); !strings.HasPrefix(got, "222 ") {
		t.Errorf("open files %s, want 222", got)
	}
}

// TestSwappedFiles: descriptors that stand in each other's place, beside one that
// was inherited and must survive.
func TestSwappedFiles(t *testing.T) {
	var files [4]*os.File
	var names []string
	for i := range files {
		path := filepath.Join(t.TempDir(), "file"+strconv.Itoa(i))
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[i], names = file, append(names, path)
	}
	// An open descriptor that is not close-on-exec, right where a careless
	// shuffle would put something.
	kept, err := unix.Dup(int(files[3].Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(kept)
	f := newFixture(t)
	one, two, three := files[0].Fd(), files[1].Fd(), files[2].Fd()
	placed := make([]uintptr, max(one, two, three)+1)
	for i := range placed {
		placed[i] = closed
	}
	placed[1] = 1
	placed[one], placed[two], placed[three] = two, three, one // a ring
	script := fmt.Sprintf("cd /proc/self/fd; echo a >>%d; echo b >>%d; echo c >>%d; echo d >>%d", one, two, three, kept)
	f.exit(f.start(&Command{Argv: []string{"sh", "-c", script}, Files: placed}))
	for i, want := range []string{"c\n", "a\n", "b\n", "d\n"} {
		if got, _ := os.ReadFile(names[i]); string(got) != want {
			t.Errorf("file %d has %q, want %q", i, got, want)
		}
	}
}

// TestStartLeavesNileAsItWas: the child shares nile's memory until it executes the
// command; nothing that it does to itself may stay with nile.
func TestStartLeavesNileAsItWas(t *testing.T) {
	needRoot(t, "another user")
	status := func() string {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		text, err := os.ReadFile("/proc/thread-self/status")
		if err != nil {
			t.Skip("no /proc")
		}
		score, _ := os.ReadFile("/proc/self/oom_score_adj")
		dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		dir, _ := os.Getwd()
		all := fmt.Sprint("dumpable ", dumpable, " ", dir, " oom ", string(score))
		for _, name := range []string{"Umask:", "Uid:", "Gid:", "Groups:", "NoNewPrivs:", "CapEff:", "CapBnd:", "SigBlk:", "SigIgn:", "SigCgt:"} {
			all += name + line(string(text), name) + "\n"
		}
		return all
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := newFixture(t)
	before := status()
	umask, adjustment := 0o077, 500
	f.exit(f.start(&Command{
		Argv: []string{"true"}, Dir: "/", Umask: &umask, OOMScoreAdj: &adjustment, NoNewPrivileges: true,
		Capabilities: &Capabilities{Drop: []string{"ALL"}}, Isolation: NewSession,
		Credential: &Credential{UID: 1234, GID: 1234, SetGroups: true},
		Rlimits:    []Rlimit{{unix.RLIMIT_CORE, 0, 0}},
	}))
	if after := status(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestEveryFailingStepIsNamed: the step before the command that the kernel refuses
// is the one that the error names.
func TestEveryFailingStepIsNamed(t *testing.T) {
	tooBig := 5000
	for says, command := range map[string]*Command{
		"cannot pass on its files: bad file descriptor":                                           {Files: []uintptr{0, 1, 2, 1000}},
		"cannot set oom_score_adj to 5000: invalid argument":                                      {OOMScoreAdj: &tooBig},
		"cannot set the limit 99 to 1: invalid argument":                                          {Rlimits: []Rlimit{{99, 1, 1}}},
		"cannot set the limit nofile to 2:1: invalid argument":                                    {Rlimits: []Rlimit{{unix.RLIMIT_NOFILE, 2, 1}}},
		"cannot give it the foreground of its terminal: inappropriate ioctl for device":           {Files: []uintptr{null(t), 1, 2}, Isolation: NewSession, Foreground: true, TTY: int(null(t))},
		"cannot enter the cgroup through /no/such/cgroup/cgroup.procs: no such file or directory": {Cgroup: "/no/such/cgroup"},
		"cannot enter the directory /proc/self/no: no such file or directory":                     {Dir: "/proc/self/no"},
		"cannot enter the directory /dev/null: not a directory":                                   {Dir: "/dev/null"},
	} {
		f := newFixture(t)
		command.Argv = []string{"true"}
		_, err := f.Start(command)
		var failure *StartError
		if !errors.As(err, &failure) || !strings.HasSuffix(err.Error(), says) || failure.ExitCode() != 125 {
			t.Errorf("the error is %v, want %s", err, says)
		}
		if !childless() {
			t.Error("a process is left")
		}
	}
}

var nullFile *os.File

// null is a descriptor of /dev/null.
func null(t *testing.T) uintptr {
	t.Helper()
	if nullFile == nil {
		file, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		nullFile = file
	}
	return nullFile.Fd()
}

// TestStartDoesNotDisturbOtherGoroutines: the collector runs and stacks move while
// the memory is shared with a child.
func TestStartDoesNotDisturbOtherGoroutines(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	for range 2 {
		go func() { // makes garbage, and has its stack moved
			for {
				select {
				case <-stop:
					return
				default:
					grow(200)
				}
			}
		}()
	}
	f := newFixture(t)
	for range 200 {
		pid := f.start(&Command{Argv: []string{"sh", "-c", "exit $CODE"}, Env: []string{"PATH=/bin", "CODE=7"}})
		if status := f.exit(pid).Status; status.ExitStatus() != 7 {
			t.Fatalf("status %#x", int(status))
		}
		if _, err := f.Start(&Command{Argv: []string{"/dev/null"}}); !errors.Is(err, syscall.EACCES) {
			t.Fatalf("a start that fails: %v", err)
		}
	}
}

func grow(depth int) []byte {
	if depth == 0 {
		return make([]byte, 64)
	}
	var room [256]byte
	room[depth%256] = 1
	return append(grow(depth-1), room[:1]...)
}
