package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// performance is a run of a scenario, under way.
type performance struct {
	t      *testing.T
	dir    string // the working directory
	cmd    *exec.Cmd
	screen *screen     // the terminal, where there is one
	ended  chan error  // gets the end of the peer
	over   bool        // it has been taken from there
	status error       // and this is it
	seen   []string    // what the play noted
	toInit func(n int) // sends the peer a signal
}

// perform plays a scenario with the program of that name in a directory.
func perform(t *testing.T, s *scenario, peer, programs string) outcome {
	t.Helper()
	p := &performance{t: t, dir: t.TempDir(), ended: make(chan error, 1)}
	for name, text := range s.files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") || strings.HasPrefix(name, "x-") {
			mode = 0o755
		}
		must(t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), mode))
	}
	must(t, os.WriteFile(filepath.Join(p.dir, "listener.pl"), []byte(listener), 0o644))
	launch := s.launch
	if launch == "" {
		launch = `exec "$@"`
	}
	argv := []string{"-c", launch, "sh", peer}
	if s.pid1 {
		argv = []string{"-c", launch, "sh", filepath.Join(bin, "testprogram"), "namespace", peer}
	}
	p.cmd = exec.Command("/bin/sh", append(argv, s.args...)...)
	p.cmd.Dir = p.dir
	p.cmd.Env = append([]string{"PATH=" + programs + ":/usr/local/bin:/usr/bin:/bin", "HOME=/", "LC_ALL=C"}, s.env...)
	p.toInit = func(n int) {
		if !s.pid1 {
			_ = p.cmd.Process.Signal(syscall.Signal(n))
		} else if pid := p.child(); pid != 0 { // of the one that made the namespace
			_ = syscall.Kill(pid, syscall.Signal(n))
		}
	}
	stdout, stderr := p.output(s)
	must(t, p.cmd.Start())
	if p.screen != nil {
		p.screen.begin()
	}
	go func() { p.ended <- p.cmd.Wait() }()
	if s.play != nil {
		s.play(p)
	}
	p.end()
	o := outcome{code: exitCodeOf(t, p.status), seen: s.normal(strings.Join(p.seen, "\n"))}
	o.stdout, o.stderr = s.normal(stdout()), s.normal(stderr())
	return o
}

// output connects the standard streams: to files, so that whoever holds one open
// keeps nobody waiting, or to a terminal.
func (p *performance) output(s *scenario) (stdout, stderr func() string) {
	if s.tty {
		p.screen = openScreen(p.t)
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = p.screen.slave, p.screen.slave, p.screen.slave
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		return p.screen.whole, func() string { return "" }
	}
	outFile, errFile := p.file("stdout"), p.file("stderr")
	p.cmd.Stdout, p.cmd.Stderr = outFile, errFile
	return func() string { return p.read("stdout") }, func() string { return p.read("stderr") }
}

func (p *performance) file(name string) *os.File {
	p.t.Helper()
	f, err := os.Create(filepath.Join(p.dir, name))
	must(p.t, err)
	p.t.Cleanup(func() { _ = f.Close() })
	return f
}

func (p *performance) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, name))
	return string(text)
}

// text is what has been said on standard output so far.
func (p *performance) text() string {
	if p.screen != nil {
		return p.screen.text()
	}
	return p.read("stdout")
}

// note takes something down for the outcome.
func (p *performance) note(format string, args ...any) {
	p.seen = append(p.seen, fmt.Sprintf(format, args...))
}

// wait waits until something is true, at most until the peer has ended.
func (p *performance) wait(what string, is func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return true
		}
		if p.hasEnded() {
			return is()
		}
	}
	p.t.Errorf("it takes too long: %s; so far:\n%s%s", what, p.text(), p.read("stderr"))
	return false
}

// waitFor waits until the command has said something n times.
func (p *performance) waitFor(what string, n int) bool {
	return p.wait(fmt.Sprintf("%q to be said %d times", what, n), func() bool { return strings.Count(p.text(), what) >= n })
}

func (p *performance) hasEnded() bool {
	if !p.over {
		select {
		case p.status = <-p.ended:
			p.over = true
		default:
		}
	}
	return p.over
}

// end waits for the end of the peer, and sees to it if need be.
func (p *performance) end() {
	if p.over {
		return
	}
	select {
	case p.status = <-p.ended:
	case <-time.After(patience):
		p.t.Errorf("it does not end; so far:\n%s%s", p.text(), p.read("stderr"))
		_ = p.cmd.Process.Kill()
		p.status = <-p.ended
	}
	p.over = true
}

// child is the process id of the init's only child.
func (p *performance) child() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.cmd.Process.Pid))
	if err == nil && len(bytes.Fields(text)) == 0 {
		// nile starts its children from any of its threads.
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
		for _, file := range files {
			more, _ := os.ReadFile(file)
			text = append(text, more...)
		}
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// stateOf is the state of a process, as in ps: R, S, T, Z …; empty for none.
func stateOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, after, _ := bytes.Cut(text, []byte(") "))
	state, _, _ := bytes.Cut(after, []byte(" "))
	return string(state)
}

// left tells which of the processes that the command has named in a file still
// live, and ends them.
func (p *performance) left(file string) {
	p.end()
	time.Sleep(200 * time.Millisecond) // for a last signal to do its work
	for _, word := range strings.Fields(p.read(file)) {
		pid, err := strconv.Atoi(word)
		must(p.t, err)
		state := stateOf(pid)
		p.note("left alive: %v", state != "" && state != "Z")
		if state != "" {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func exitCodeOf(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		t.Fatal(err)
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
		return -int(status.Signal()) // the init itself was killed
	}
	return exit.ExitCode()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// screen is a pseudo terminal and what has appeared on it.
type screen struct {
	master, slave *os.File
	mu            sync.Mutex
	shown         bytes.Buffer
	done          chan struct{}
}

func openScreen(t *testing.T) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs a pseudo terminal: %v", err)
	}
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	s := &screen{master: master, slave: slave, done: make(chan struct{})}
	t.Cleanup(func() { _ = master.Close() })
	return s
}

// begin reads what appears, once the slave is in other hands.
func (s *screen) begin() {
	_ = s.slave.Close()
	go func() {
		defer close(s.done)
		buffer := make([]byte, 4096)
		for {
			n, err := s.master.Read(buffer)
			s.mu.Lock()
			s.shown.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil { // EIO: nobody has the other side open any more
				return
			}
		}
	}()
}

// whole is what has appeared when nobody writes any more.
func (s *screen) whole() string {
	select {
	case <-s.done:
	case <-time.After(time.Second): // what was left behind may hold it open
	}
	return s.text()
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.ReplaceAll(s.shown.String(), "\r\n", "\n")
}

// typed types on the terminal.
func (s *screen) typed(t *testing.T, keys string) {
	t.Helper()
	_, err := s.master.WriteString(keys)
	must(t, err)
}
