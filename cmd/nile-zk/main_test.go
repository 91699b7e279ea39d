package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// programs is where the programs under test are.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "nile-zk-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		programs = dir
		if err := testkit.Build("-trimpath", "-ldflags=-s -w -X main.version=v1.2.3", "-o", dir, ".", "../nile", "../../internal/testprogram"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// program is one that runs, with what it has said.
type program struct {
	*exec.Cmd
	t     *testing.T
	said  testkit.Buffer
	ended bool
}

// start starts one of the programs in a directory; env adds to the environment.
func start(t *testing.T, dir string, env []string, name string, arguments ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(filepath.Join(programs, name), arguments...), t: t}
	p.Dir, p.Stdout, p.Stderr, p.WaitDelay = dir, &p.said, &p.said, 5*time.Second
	p.Env = append(append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"), "NILE_CONTROL="+control(dir)), env...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended && name == "nile" {
			p.end() // its app as well
		} else if !p.ended {
			p.kill()
		}
		if t.Failed() {
			t.Logf("%s %s said:\n%s", name, strings.Join(arguments, " "), p.said.String())
		}
	})
	return p
}

func control(dir string) string { return filepath.Join(dir, "control.sock") }

// kill ends nile-zk without warning.
func (p *program) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
	p.ended = true
}

// end sends SIGTERM and returns the exit code.
func (p *program) end() int {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	_ = p.Wait()
	p.ended = true
	return p.ProcessState.ExitCode()
}

func (p *program) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) says(text string) {
	p.t.Helper()
	eventually(p.t, "it says "+text, func() bool { return strings.Contains(p.said.String(), text) })
}

// app is a pod with one container, named app, which is ready while the file "ready" is
// there. It listens nowhere.
const appManifest = `
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  restartPolicy: %s
  terminationGracePeriodSeconds: 5
  nile: {onFailure: %s}
  containers:
  - name: app
    command: [sleep, "600"]
    readinessProbe: {exec: {command: [test, -e, ready]}, periodSeconds: 1, failureThreshold: 1}
`

// startApp starts the app under a nile whose directory is returned, ready from the start.
// When it fails it is held, or started again.
func startApp(t *testing.T, held bool) (dir string, nile *program) {
	t.Helper()
	dir = t.TempDir()
	policy, onFailure := "Always", "Exit"
	if held {
		policy, onFailure = "Never", "Hold"
	}
	write(t, dir, "pod.yaml", fmt.Sprintf(appManifest, policy, onFailure))
	write(t, dir, "ready", "")
	return dir, start(t, dir, []string{"NILE_STATE_DIR=" + dir}, "nile", "run", "pod.yaml")
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// verb runs a verb of nile.
func verb(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	command := exec.Command(filepath.Join(programs, "nile"), arguments...)
	command.Env = append(os.Environ(), "NILE_CONTROL="+control(dir))
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("nile %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// crash ends the app by a signal that nile doesn't know of.
func crash(t *testing.T, dir string, sig syscall.Signal) {
	t.Helper()
	status, err := askStatus(t.Context(), control(dir))
	if err == nil {
		err = syscall.Kill(status.Nile.Containers[0].PID, sig)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// startZK starts a nile-zk for the app of a directory.
func startZK(t *testing.T, dir string, s *server, flags ...string) *program {
	t.Helper()
	flags = append([]string{"--servers", s.address, "--path", "/services/shop", "--name", "shop-0", "--port", "http=8080"}, flags...)
	return start(t, dir, nil, "nile-zk", flags...)
}
