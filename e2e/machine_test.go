//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// machineProcess is a process of the machine itself, outside of any container. It is killed when the test ends.
type machineProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}
	errs  testkit.Buffer
}

// spawn starts a program; the environment is added to the test's.
func spawn(t *testing.T, environment []string, args ...string) *machineProcess {
	t.Helper()
	p := &machineProcess{t: t, cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.Stderr = &p.errs
	p.cmd.Stdout = &p.errs
	// What survives the process holds its stderr; don't wait for that one too.
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // its state says how it ended
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s wrote:\n%s", args[0], p.stderr())
		}
		p.kill()
	})
	return p
}

// stop sends TERM and waits; it returns the exit code and how long it took.
func (p *machineProcess) stop(atMost time.Duration) (code int, took time.Duration) {
	p.t.Helper()
	asked := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(atMost):
		p.t.Fatalf("%v did not end within %s of its TERM\n%s", p.cmd.Args, atMost, p.stderr())
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(asked)
}

// kill ends the process and all below it, if they are still there.
func (p *machineProcess) kill() {
	for _, child := range family(processes("/proc"), p.pid()) {
		_ = syscall.Kill(child.pid, syscall.SIGKILL)
	}
	<-p.ended
}

func (p *machineProcess) pid() int { return p.cmd.Process.Pid }

func (p *machineProcess) stderr() string { return p.errs.String() }
