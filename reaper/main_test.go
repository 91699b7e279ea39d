package reaper

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is also the programs that the tests start: executed with the
// arguments "helper NAME …" it is the helper of that name (helpers_test.go),
// and with modeVariable set it is a test run in namespaces of its own.
const modeVariable = "NILE_REAPER_TEST_MODE"

const (
	modeInit   = "init"   // PID 1 of a PID namespace, with its own /proc
	modeNoProc = "noproc" // the same with an empty /proc
	modeAlien  = "alien"  // PID 1 with the /proc of the namespace outside
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		os.Exit(runHelper(os.Args[2], os.Args[3:]))
	}
	// Built with -race a program sleeps a second before it exits, for reports
	// from other threads; the helpers should not.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	if err := enterMode(os.Getenv(modeVariable)); err != nil {
		fmt.Fprintln(os.Stderr, "cannot prepare the namespaces:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func enterMode(mode string) error {
	if mode == "" || mode == modeAlien {
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if mode == modeNoProc {
		return unix.Mount("none", "/proc", "tmpfs", 0, "")
	}
	return unix.Mount("proc", "/proc", "proc", 0, "")
}

// inNamespaces runs tests of this binary as PID 1 of a new PID namespace.
func inNamespaces(t *testing.T, mode, run string) {
	t.Helper()
	needRoot(t, "namespaces")
	output, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	argv := []string{self, "-test.run=^(" + run + ")$", "-test.v", "-test.timeout=120s"}
	pid, err := syscall.ForkExec(self, argv, &syscall.ProcAttr{
		Env:   append(os.Environ(), modeVariable+"="+mode),
		Files: []uintptr{0, output.Fd(), output.Fd()},
		Sys:   &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS},
	})
	if err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			break
		}
	}
	text, _ := os.ReadFile(output.Name())
	if status.ExitStatus() != 0 {
		t.Fatalf("inside: status %#x\n%s", int(status), text)
	}
	for name := range strings.SplitSeq(run, "|") {
		if !strings.Contains(string(text), "--- PASS: "+name+" ") {
			t.Errorf("inside: %s did not pass:\n%s", name, text)
		}
	}
}

// self is the path of this test binary.
var self = func() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}()

func needRoot(t *testing.T, what string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: " + what)
	}
}

func needMode(t *testing.T, mode string) {
	t.Helper()
	if os.Getenv(modeVariable) != mode {
		t.Skip("runs inside namespaces, started by TestInNamespaces (mode " + mode + ")")
	}
}

// fixture is a Reaper whose exits are kept, and which leaves no process behind.
type fixture struct {
	*Reaper
	t     *testing.T
	exits map[int]Exit
	order []Exit
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Reaper: r, t: t, exits: make(map[int]Exit)}
	t.Cleanup(func() {
		f.eventually("all processes of the test are gone", func() bool {
			for pid := range f.started {
				f.Signal(pid, unix.SIGKILL, Tree)
			}
			f.SignalStrays("", unix.SIGKILL)
			return childless()
		})
	})
	return f
}

// drain reaps and keeps what it reaped.
func (f *fixture) drain() {
	f.Drain(func(exit Exit) {
		f.exits[exit.PID] = exit
		f.order = append(f.order, exit)
	})
}

// eventually drains until a condition holds.
func (f *fixture) eventually(what string, holds func() bool) {
	f.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		f.drain()
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("never happened: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (f *fixture) start(c *Command) int {
	f.t.Helper()
	pid, err := f.Start(c)
	if err != nil {
		f.t.Fatal(err)
	}
	return pid
}

// exit waits for the end of a started process.
func (f *fixture) exit(pid int) Exit {
	f.t.Helper()
	f.eventually("process "+strconv.Itoa(pid)+" has been reaped", func() bool { return f.exits[pid].PID == pid })
	return f.exits[pid]
}

// output runs a command to its end and returns what it wrote on stdout.
func (f *fixture) output(c *Command) string {
	f.t.Helper()
	file, err := os.CreateTemp(f.t.TempDir(), "stdout")
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	c.Files = []uintptr{0, file.Fd(), 2}
	exit := f.exit(f.start(c))
	text, err := os.ReadFile(file.Name())
	if err != nil {
		f.t.Fatal(err)
	}
	if exit.Status.ExitStatus() != 0 {
		f.t.Fatalf("%v ended with status %#x: %s", c.Argv, int(exit.Status), text)
	}
	return string(text)
}

// helper is the command line of a helper program.
func helper(name string, args ...string) []string {
	return append([]string{self, "helper", name}, args...)
}

// stdio are the test's own descriptors 0 to 2.
var stdio = []uintptr{0, 1, 2}

func isAlive(pid int) bool {
	p, ok := readProcess(pid, make([]byte, 1024))
	return ok && p.alive
}

// numbersIn reads the numbers that helpers appended to a file, one a line.
func numbersIn(path string) []int {
	text, _ := os.ReadFile(path)
	var list []int
	for line := range strings.Lines(string(text)) {
		if number, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			list = append(list, number)
		}
	}
	slices.Sort(list)
	return list
}
