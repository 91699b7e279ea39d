package signals_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// build is one way to link the listener, and one place to run it.
type build struct {
	name  string
	path  string
	entry bool // with the entry point of startstate
	pid1  bool // as PID 1 of a PID namespace of its own
}

var builds []build

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signals")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// The results of tests are cached until a file changes that they have read, and
	// the go command that is run below reads all these.
	for _, pattern := range []string{"*.go", "*.s", "../startstate/*.go", "../startstate/*.s", "testdata/listener/*.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			_, _ = os.ReadFile(file)
		}
	}
	for _, b := range []build{{name: "entry", entry: true}, {name: "plain"}} {
		b.path = filepath.Join(dir, b.name)
		args := []string{"build", "-o", b.path}
		if b.entry {
			if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
				continue
			}
			args = append(args, "-ldflags", "-E nile_start")
		}
		command := exec.Command("go", append(args, "./testdata/listener")...)
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := command.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "cannot build the listener: %v\n%s", err, output)
			return 1
		}
		builds = append(builds, b)
		if os.Getuid() == 0 {
			b.name, b.pid1 = b.name+" as PID 1", true
			builds = append(builds, b)
		}
	}
	return m.Run()
}

// each runs a test with every build.
func each(t *testing.T, test func(*testing.T, build)) {
	t.Helper()
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) { test(t, b) })
	}
}

// listener is a running listener.
type listener struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	lines  *bufio.Reader
	stderr *bufio.Reader
}

// start starts the listener and kills it at the end of the test, if need be.
func (b build) start(t *testing.T, args ...string) *listener {
	t.Helper()
	cmd := exec.Command(b.path, args...)
	if b.pid1 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, cmd: cmd, stdin: stdin, lines: bufio.NewReader(stdout), stderr: bufio.NewReader(stderr)}
	watchdog := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		watchdog.Stop()
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return l
}

// ready waits until the queue is open.
func (l *listener) ready() *listener {
	l.t.Helper()
	if line, err := l.stderr.ReadString('\n'); line != "open\n" {
		l.t.Fatalf("the listener said %q, %v; want open", line, err)
	}
	return l
}

func (l *listener) kill(num int) {
	l.t.Helper()
	if err := syscall.Kill(l.cmd.Process.Pid, syscall.Signal(num)); err != nil {
		l.t.Fatalf("cannot send signal %d: %v", num, err)
	}
}

// queue sends a signal with a value, sigqueue(3).
func (l *listener) queue(num int, value uint64) {
	l.t.Helper()
	info := [16]uint64{2: uint64(os.Getpid()), 3: value} // siginfo_t of 64-bit machines
	words := (*[4]int32)(unsafe.Pointer(&info))
	words[0], words[2] = int32(num), -1 // SI_QUEUE
	_, _, errno := syscall.Syscall(syscall.SYS_RT_SIGQUEUEINFO, uintptr(l.cmd.Process.Pid), uintptr(num), uintptr(unsafe.Pointer(&info)))
	if errno != 0 {
		l.t.Fatalf("cannot queue signal %d: %v", num, errno)
	}
}

// line is the next line without its end; "" at the end of the output.
func (l *listener) line() string {
	line, _ := l.lines.ReadString('\n')
	return strings.TrimSuffix(line, "\n")
}

// rest ends the listener's stdin and returns the lines that are left.
func (l *listener) rest() []string {
	l.stdin.Close()
	data, _ := io.ReadAll(l.lines)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// output runs the listener to its end and returns what it wrote to stdout.
func (b build) output(t *testing.T, args ...string) string {
	t.Helper()
	l := b.start(t, args...)
	text := strings.Join(l.rest(), "\n")
	l.cmd.Wait()
	return text
}

// catchable are all signals but SIGKILL and SIGSTOP.
func catchable() []int {
	var list []int
	for num := 1; num <= 64; num++ {
		if num != int(syscall.SIGKILL) && num != int(syscall.SIGSTOP) {
			list = append(list, num)
		}
	}
	return list
}
