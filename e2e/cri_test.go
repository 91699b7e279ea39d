//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// criTools is the module of crictl, the client of the Container Runtime Interface, by which a kubelet runs pods.
const criTools = "sigs.k8s.io/cri-tools/cmd/crictl@v1.34.0"

// crictl is where crictl is built, by the first test that needs it.
var crictl string

var buildCrictl = sync.OnceValue(func() error {
	build := exec.Command("timeout", "--kill-after=5", "420", "go", "install", "-trimpath", "-ldflags=-s -w", criTools)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOBIN="+filepath.Dir(crictl))
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build crictl: %w\n%s", err, output)
	}
	return nil
})

// cri asks the runtime by crictl. It returns its stdout without the last line feed, and an *exec.ExitError where the
// code isn't 0, with stderr in it.
func cri(args ...string) (string, error) {
	address := os.Getenv("NILE_E2E_CRI")
	var stdout, stderr bytes.Buffer
	cmd := command(crictl, append([]string{"--runtime-endpoint", address, "--image-endpoint", address, "--timeout", "60s"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		exit.Stderr = stderr.Bytes()
	}
	return strings.TrimSuffix(stdout.String(), "\n"), err
}

func mustCRI(t *testing.T, args ...string) string {
	t.Helper()
	output, err := cri(args...)
	if err != nil {
		t.Fatalf("crictl %s: %v\n%s%s", strings.Join(args, " "), err, output, talk(err))
	}
	return output
}

// talk is the stderr that cri has put into an error.
func talk(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(exit.Stderr)
	}
	return ""
}

// criPod is a pod of one test, as a kubelet would have it made: a sandbox, whose process is nile-pause, and containers.
type criPod struct {
	t          *testing.T
	id         string
	directory  string
	pids       int    // whose the PID namespace of its containers is
	sandbox    string // the file of its PodSandboxConfig
	containers []*criContainer
	removed    bool
}

// The values of NamespaceMode in the CRI's api.proto.
const (
	namespaceOfPod       = 0
	namespaceOfContainer = 1
	namespaceOfNode      = 2
	namespaceOfTarget    = 3
)

// startPod starts a pod's sandbox. pids says whose the PID namespace of its containers is. The pod is removed when the
// test ends, and the logs of its containers are shown if the test fails.
func startPod(t *testing.T, pids int) *criPod {
	t.Helper()
	needCRI(t)
	p := &criPod{t: t, directory: t.TempDir(), pids: pids}
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	uid := fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
	p.sandbox = p.write("sandbox.json", map[string]any{
		"metadata":      map[string]any{"name": name, "namespace": "e2e", "uid": uid, "attempt": 0},
		"log_directory": p.directory,
		"linux": map[string]any{"security_context": map[string]any{
			"namespace_options": map[string]any{"network": namespaceOfNode, "pid": pids}}},
	})
	p.id = mustCRI(t, "runp", p.sandbox)
	t.Cleanup(func() {
		if t.Failed() {
			for _, c := range p.containers {
				t.Logf("container %s wrote:\n%s", c.name, read(t, c.log()))
			}
		}
		p.remove()
	})
	return p
}

// remove ends the pod and all in it, as a kubelet does. Removing it again changes nothing.
func (p *criPod) remove() {
	p.t.Helper()
	if p.removed {
		return
	}
	p.removed = true
	mustCRI(p.t, "stopp", p.id)
	mustCRI(p.t, "rmp", p.id)
}

func (p *criPod) write(name string, config map[string]any) string {
	p.t.Helper()
	path := filepath.Join(p.directory, name)
	if err := os.WriteFile(path, []byte(toJSON(p.t, config)), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// pid is the process id of the sandbox, as the machine sees it.
func (p *criPod) pid() int {
	p.t.Helper()
	return pidIn(p.t, mustCRI(p.t, "inspectp", p.id))
}

// pidIn finds the process id in what containerd's inspections say beside the CRI's own fields.
func pidIn(t *testing.T, inspection string) int {
	t.Helper()
	var found struct {
		Info struct {
			PID int `json:"pid"`
		} `json:"info"`
	}
	if err := json.Unmarshal([]byte(inspection), &found); err != nil || found.Info.PID == 0 {
		t.Fatalf("no process id: %v\n%s", err, inspection)
	}
	return found.Info.PID
}

// proc is the /proc of the sandbox' PID namespace, seen from the machine.
func (p *criPod) proc() string { return fmt.Sprintf("/proc/%d/root/proc", p.pid()) }

// criContainer is a container of a criPod.
type criContainer struct {
	pod      *criPod
	id, name string
}

// start starts a container with the machine's programs and a read-only root in which nothing can be written to. Its
// entrypoint is nile, and args are nile's.
func (p *criPod) start(name string, args ...string) *criContainer {
	p.t.Helper()
	c := p.create(name, map[string]any{"network": namespaceOfNode, "pid": p.pids}, map[string]any{"args": args})
	eventually(p.t, 30*time.Second, func() string { return "no nile answers in " + name + ": " + read(p.t, c.log()) },
		func() bool { code, _ := c.tryExec(0, "nile", "check", "live"); return code == 0 })
	return c
}

// create starts a container as start does, with the namespaces and the command or args of the process that are given,
// and doesn't wait for a nile.
func (p *criPod) create(name string, namespaces, process map[string]any) *criContainer {
	p.t.Helper()
	mount := func(path string) map[string]any {
		return map[string]any{"container_path": path, "host_path": path, "readonly": true}
	}
	content := map[string]any{
		"metadata": map[string]any{"name": name, "attempt": 0},
		"image":    map[string]any{"image": criImageName},
		"log_path": name + ".log",
		"mounts":   []any{mount("/usr"), mount("/etc/alternatives")},
		"linux": map[string]any{"security_context": map[string]any{
			"readonly_rootfs":   true,
			"namespace_options": namespaces,
		}},
	}
	maps.Copy(content, process)
	config := p.write(name+".json", content)
	c := &criContainer{pod: p, name: name, id: mustCRI(p.t, "create", p.id, config, p.sandbox)}
	p.containers = append(p.containers, c)
	mustCRI(p.t, "start", c.id)
	return c
}

// log is where the runtime writes what the container prints, each line with its time and stream before it.
func (c *criContainer) log() string { return filepath.Join(c.pod.directory, c.name+".log") }

// tryExec runs a command as a kubelet runs an exec probe, with a time-out of whole seconds (0 for none), and returns its
// exit code, or -1 where the runtime gives none, and its stdout.
func (c *criContainer) tryExec(timeout int, args ...string) (code int, stdout string) {
	c.pod.t.Helper()
	stdout, err := cri(append([]string{"exec", "--sync", "--timeout", strconv.Itoa(timeout), c.id}, args...)...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if strings.Contains(string(exit.Stderr), "DeadlineExceeded") { // the status code of gRPC
			return -1, stdout
		}
		return exit.ExitCode(), stdout + string(exit.Stderr)
	}
	if err != nil {
		c.pod.t.Fatal(err)
	}
	return 0, stdout
}

// exec runs a command that is to succeed and returns its stdout.
func (c *criContainer) exec(args ...string) string {
	c.pod.t.Helper()
	code, output := c.tryExec(0, args...)
	if code != 0 {
		c.pod.t.Fatalf("%v in container %s: exit code %d\n%s", args, c.name, code, output)
	}
	return output
}

// pid is the process id of the container's first process, as the machine sees it.
func (c *criContainer) pid() int {
	c.pod.t.Helper()
	return pidIn(c.pod.t, mustCRI(c.pod.t, "inspect", c.id))
}

// alivePID is pid, where the container has not ended.
func (c *criContainer) alivePID() (pid int, alive bool) {
	c.pod.t.Helper()
	inspection := mustCRI(c.pod.t, "inspect", c.id)
	if !strings.Contains(inspection, "CONTAINER_RUNNING") {
		return 0, false
	}
	return pidIn(c.pod.t, inspection), true
}

// proc is the container's /proc, seen from the machine.
func (c *criContainer) proc() string { return fmt.Sprintf("/proc/%d/root/proc", c.pid()) }

// stop sends TERM and, when the time is over, KILL; it returns the exit code.
func (c *criContainer) stop(grace time.Duration) int {
	c.pod.t.Helper()
	mustCRI(c.pod.t, "stop", "--timeout", strconv.Itoa(int(grace.Seconds())), c.id)
	var found struct {
		Status struct {
			State    string
			ExitCode int
		}
	}
	inspection := mustCRI(c.pod.t, "inspect", c.id)
	if err := json.Unmarshal([]byte(inspection), &found); err != nil || found.Status.State != "CONTAINER_EXITED" {
		c.pod.t.Fatalf("container %s has not ended: %v\n%s", c.name, err, inspection)
	}
	return found.Status.ExitCode
}
