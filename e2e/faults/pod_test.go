package faults

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// patience is how long anything may take on a busy machine.
const patience = 90 * time.Second

// length is how long a fault lasts: long where NILE_FAULTS=long, else short.
func length(short, long time.Duration) time.Duration {
	if os.Getenv("NILE_FAULTS") == "long" {
		return long
	}
	return short
}

// linking gives nile its own entry point, as it has in a release: without it a signal that
// comes in the first milliseconds finds Go's runtime alone, which ends with code 2. It names
// the package, since the actor has no such entry point.
const linking = "github.com/nile-init/nile/cmd/nile=-E nile_start"

// nile and actor are the programs, which TestMain builds.
var nile, actor string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "nile-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	nile, actor = filepath.Join(dir, "nile"), filepath.Join(dir, "actor")
	code := 0
	if os.Geteuid() == 0 {
		for program, source := range map[string]string{nile: "../../cmd/nile", actor: "./actor"} {
			if err := testkit.Build("-ldflags="+linking, "-o", program, source); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
		_ = os.Chmod(dir, 0o755) // for pods of other users
	}
	if code == 0 {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// options are what is special about a pod. The zero value is usable.
type options struct {
	// around is a command that becomes its arguments, outside of the namespaces.
	around []string
	// before is a script of sh that runs as PID 1 of the namespaces before nile. /proc is
	// mounted by then, unless noProc.
	before string
	noProc bool
	// within is a command that becomes its arguments, between the script and nile.
	within []string
	args   []string // nile's, in place of run and the manifest
	env    []string
	// stdout and stderr take nile's output in place of the pod's own buffers.
	stdout, stderr *os.File
	// program is another nile than the usual one.
	program string
}

// pod is a nile at work.
type pod struct {
	t       *testing.T
	dir     string // for whatever the test needs; every user may write there
	program string // nile's
	pid     int    // of nile, outside of its namespace
	stdout  testkit.Buffer
	stderr  testkit.Buffer
	cmd     *exec.Cmd
	ended   chan struct{}
}

// start starts nile on a manifest's spec: the lines below "spec:", in which ACTOR and DIR
// stand for the actor and the pod's directory.
func start(t *testing.T, spec string, o options) *pod {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make namespaces")
	}
	dir, err := os.MkdirTemp("", "fault-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	p := &pod{t: t, dir: dir, program: nile, ended: make(chan struct{})}
	if o.program != "" {
		p.program = o.program
	}
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: fault}\nspec:\n" + p.words(spec)
	file := filepath.Join(dir, "pod.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	script := "set -e\n"
	if !o.noProc {
		script += "mount -t proc proc /proc\n"
	}
	script += p.words(o.before) + "\nexec \"$@\""
	argv := append([]string{}, o.around...)
	argv = append(argv, "unshare", "--pid", "--mount", "--fork", "--kill-child", "sh", "-c", script, "sh")
	for _, word := range o.within {
		argv = append(argv, p.words(word))
	}
	argv = append(argv, p.program)
	if o.args == nil {
		o.args = []string{"run", file}
	}
	for _, word := range o.args {
		argv = append(argv, p.words(word))
	}
	p.run(argv, o)
	return p
}

// words puts in what stands for something.
func (p *pod) words(text string) string {
	return strings.NewReplacer("ACTOR", actor, "DIR", p.dir).Replace(text)
}

func (p *pod) run(argv []string, o options) {
	p.t.Helper()
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = append(append(os.Environ(), "NILE_CONTROL="+p.socket(), "NILE_STATE_DIR="+filepath.Join(p.dir, "state")), o.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if o.stdout != nil {
		p.cmd.Stdout = o.stdout
	}
	if o.stderr != nil {
		p.cmd.Stderr = o.stderr
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// What a pod leaves open keeps nobody waiting.
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	p.t.Cleanup(func() {
		_ = syscall.Kill(p.pid1(), syscall.SIGKILL)
		_ = p.cmd.Process.Kill()
		<-p.ended
		if p.t.Failed() {
			p.t.Logf("nile said:\n%s", lastOf(p.stderr.String(), 6000))
		}
	})
}

func (p *pod) socket() string { return filepath.Join(p.dir, "control.sock") }

func lastOf(text string, bytes int) string { return text[max(0, len(text)-bytes):] }

// pid1 finds the first process of the pod's namespace, which is nile in the end; an impossible
// one while there is none.
func (p *pod) pid1() int {
	if p.pid != 0 {
		return p.pid
	}
	for pid := p.cmd.Process.Pid; ; {
		child := onlyChild(pid)
		if child == 0 {
			return 1 << 30
		}
		if name, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child)); name == p.program {
			p.pid = child
			return child
		}
		pid = child
	}
}

func onlyChild(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	child, _ := strconv.Atoi(first)
	return child
}

// await waits until a condition holds.
func (p *pod) await(what string, holds func() bool) {
	p.t.Helper()
	p.awaitOr(func() string { return what }, holds)
}

// awaitOr does so with words that are asked for only where the condition never holds, so that
// they can tell what there is instead.
func (p *pod) awaitOr(what func() string, holds func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("after %v still not: %s", patience, what())
		}
	}
}

// awaitWords waits until nile has said something on standard error.
func (p *pod) awaitWords(words string) {
	p.t.Helper()
	p.await("nile says "+words, func() bool { return strings.Contains(p.stderr.String(), words) })
}

// awaitOutput waits until something has arrived on standard output.
func (p *pod) awaitOutput(words string) {
	p.t.Helper()
	p.await("output "+words, func() bool { return strings.Contains(p.stdout.String(), words) })
}

// signal sends nile a signal.
func (p *pod) signal(number syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.pid1(), number); err != nil {
		p.t.Fatalf("cannot send %v to nile: %v", number, err)
	}
}

// verb runs a verb of nile in the pod's namespaces. Its code is -1 where it did not end in
// time.
func (p *pod) verb(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	argv := append([]string{"nsenter", "--target", fmt.Sprint(p.pid1()), "--pid", "--mount", p.program}, args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "NILE_CONTROL="+p.socket())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	_ = cmd.Wait()
	timer.Stop()
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}
