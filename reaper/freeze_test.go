package reaper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// frozen starts a command to be frozen and returns its end.
func (f *fixture) frozen(argv ...string) Exit {
	f.t.Helper()
	return f.exit(f.startFrozen(argv...))
}

func (f *fixture) startFrozen(argv ...string) int {
	f.t.Helper()
	return f.start(&Command{Owner: "f#1", Argv: argv, Env: os.Environ(), Files: stdio, Isolation: NewGroup, Freeze: true, NotFrozen: func(err error) {
		f.t.Skipf("this system does not let nile trace: %v", err)
	}})
}

// TestFrozenEndsAreThoseOfOthers compares every exit code and every fatal signal.
func TestFrozenEndsAreThoseOfOthers(t *testing.T) {
	f := newFixture(t)
	check := func(script string) {
		t.Helper()
		plain := f.exit(f.start(&Command{Owner: "p#1", Argv: []string{"sh", "-c", script}, Files: stdio, Isolation: NewGroup}))
		end := f.frozen("sh", "-c", script)
		if end.Frozen == nil || end.Status != plain.Status {
			t.Fatalf("%s: frozen %v with status %#x, want %#x", script, end.Frozen, end.Status, plain.Status)
		}
		delete(f.exits, end.PID)
		end.Frozen.LetGo()
		if again := f.exit(end.PID); again.Frozen != nil || again.Status != plain.Status || !again.Started || again.Owner != "f#1" {
			t.Fatalf("%s: let go, it ended as %+v", script, again)
		}
	}
	for code := range 256 {
		check("exit " + strconv.Itoa(code))
	}
	for num := 1; num <= 64; num++ {
		switch syscall.Signal(num) {
		case unix.SIGCHLD, unix.SIGCONT, unix.SIGURG, unix.SIGWINCH, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, 32, 33:
			continue
		}
		check("ulimit -c 0; kill -" + strconv.Itoa(num) + " $$; exit 9")
	}
}

func TestAKeptProcessIsAStrayWithAllItHas(t *testing.T) {
	f := newFixture(t)
	end := f.frozen("sh", "-c", "exec 7</dev/null; cd /usr; exit 3")
	end.Frozen.Keep()
	if f.Running() != 0 || f.Strays("f#1") != 1 || !f.HasStrays() {
		t.Errorf("%d are running, %d strays", f.Running(), f.Strays("f#1"))
	}
	if _, err := f.Signal(end.PID, unix.SIGTERM, Process); !errors.Is(err, unix.ESRCH) {
		t.Errorf("a signal to it: %v", err)
	}
	proc := "/proc/" + strconv.Itoa(end.PID)
	if cwd, err := os.Readlink(proc + "/cwd"); err != nil || cwd != "/usr" {
		t.Errorf("its directory is %q, %v", cwd, err)
	}
	if file, err := os.Readlink(proc + "/fd/7"); err != nil || file != "/dev/null" {
		t.Errorf("its descriptor 7 is %q, %v", file, err)
	}
	if maps, err := os.ReadFile(proc + "/maps"); err != nil || !strings.Contains(string(maps), "[stack]") {
		t.Errorf("its memory: %v\n%s", err, maps)
	}
	if n, err := end.Frozen.Registers(end.PID, 1, make([]byte, 1024)); err != nil || n < 100 {
		t.Errorf("its registers: %d bytes, %v", n, err)
	}
	delete(f.exits, end.PID)
	end.Frozen.LetGo()
	f.eventually("it is gone", func() bool { f.drain(); return f.Strays("f#1") == 0 && !isAlive(end.PID) })
	if again, told := f.exits[end.PID]; told {
		t.Errorf("told again: %+v", again)
	}
	end.Frozen.LetGo()
}

func TestSIGKILLOfStraysEndsAKeptProcess(t *testing.T) {
	f := newFixture(t)
	end := f.frozen("sh", "-c", "exit 3")
	end.Frozen.Keep()
	if err := unix.Kill(end.PID, unix.SIGKILL); err != nil { // which does nothing to it
		t.Fatal(err)
	}
	f.SignalStrays("f#1", unix.SIGKILL)
	f.eventually("it is gone", func() bool { f.drain(); return !isAlive(end.PID) })
}

func TestFailedStartsAreToldThoughTraced(t *testing.T) {
	f := newFixture(t)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/no/such/file", script, "/"} {
		start := func(freeze bool) string {
			_, err := f.Start(&Command{Owner: "f#1", Argv: []string{path}, Files: stdio, Freeze: freeze})
			if err == nil {
				t.Fatalf("%s was started", path)
			}
			return err.Error()
		}
		if plain, traced := start(false), start(true); plain != traced {
			t.Errorf("%q, want %q", traced, plain)
		}
	}
	if !childless() {
		t.Error("a child is left")
	}
}

func TestATracedProcessStopsAndGoesOn(t *testing.T) {
	f := newFixture(t)
	out := filepath.Join(t.TempDir(), "out")
	pid := f.startFrozen("sh", "-c", `trap 'echo usr1 >>"$0"' USR1; trap 'echo cont >>"$0"' CONT; echo up >>"$0"; while :; do sleep 0.01; done`, out)
	state := func(want string) func() bool {
		return func() bool {
			f.drain()
			stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			_, rest, _ := strings.Cut(string(stat), ") ")
			return rest != "" && strings.Contains(want, rest[:1])
		}
	}
	said := func(word string) func() bool {
		return func() bool {
			f.drain()
			text, _ := os.ReadFile(out)
			return strings.Contains(string(text), word)
		}
	}
	f.eventually("it is up", said("up"))
	for range 3 {
		if err := os.WriteFile(out, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = f.Signal(pid, unix.SIGSTOP, Process)
		f.eventually("it is stopped", state("tT"))
		_, _ = f.Signal(pid, unix.SIGUSR1, Process)
		_, _ = f.Signal(pid, unix.SIGCONT, Process)
		f.eventually("it has gone on", said("cont"))
		f.eventually("it got the signal", said("usr1"))
	}
	_, _ = f.Signal(pid, unix.SIGKILL, Tree)
	if end := f.exit(pid); end.Frozen == nil || end.Status.Signal() != unix.SIGKILL {
		t.Errorf("it ended as %+v", end)
	} else {
		end.Frozen.LetGo()
	}
}

// TestFrozenWithAnotherUser needs no right to trace the user's processes.
func TestFrozenWithAnotherUser(t *testing.T) {
	needRoot(t, "to change the user")
	f := newFixture(t)
	end := f.exit(f.start(&Command{
		Owner: "f#1", Argv: []string{"sh", "-c", "exit 7"}, Files: stdio, Freeze: true,
		Credential: &Credential{UID: 65532, GID: 65532, SetGroups: true}, NotFrozen: func(err error) { t.Skip(err) },
	}))
	if end.Frozen == nil || end.Status.ExitStatus() != 7 {
		t.Errorf("it ended as %+v", end)
	} else {
		end.Frozen.LetGo()
	}
}

// TestFrozenSetUserID has an ordinary user's process become a program of root's: nile, which
// may trace that one, changes nothing about it.
func TestFrozenSetUserID(t *testing.T) {
	needRoot(t, "to make a program that is root's for everybody")
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, secret := filepath.Join(dir, "test"), filepath.Join(dir, "secret")
	code, err := os.ReadFile("/usr/bin/test")
	if err != nil {
		t.Skip(err)
	}
	for path, text := range map[string][]byte{program: code, secret: nil} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(program, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	for _, freeze := range []bool{false, true} {
		end := f.exit(f.start(&Command{
			Owner: "f#1", Argv: []string{"sh", "-c", `exec "$@"`, "sh", program, "-r", secret}, Files: stdio, Freeze: freeze,
			Credential: &Credential{UID: 65532, GID: 65532, SetGroups: true}, NotFrozen: func(err error) { t.Skip(err) },
		}))
		if end.Status != 0 || (end.Frozen != nil) != freeze {
			t.Errorf("traced: %v: the program was not root's: %+v", freeze, end)
		}
		if end.Frozen != nil {
			end.Frozen.LetGo()
		}
	}
}

// startUntraced starts a command that is to be frozen where ptrace(2) is refused, as some
// seccomp profiles do.
func startUntraced([]string) error {
	r, err := New()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the filter is for this thread and its children
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_PTRACE, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return err
	}
	var refusal error
	pid, err := r.Start(&Command{
		Owner: "f#1", Argv: []string{"sh", "-c", "exit 7"}, Files: stdio, Freeze: true, NotFrozen: func(err error) { refusal = err },
	})
	if err != nil {
		return err
	}
	end := waitFor(r, pid)
	fmt.Println(end.Status.ExitStatus(), end.Frozen == nil, childless(), refusal)
	return nil
}

func TestWherePtraceIsRefusedTheCommandRunsAllTheSame(t *testing.T) {
	f := newFixture(t)
	text := f.output(&Command{Owner: "h#1", Argv: helper("untraced"), Env: os.Environ()})
	if !strings.HasPrefix(text, "7 true true cannot keep the process at its end: ptrace(2): operation not permitted: allow it in the seccomp profile") {
		t.Errorf("the helper says %q", text)
	}
}
