//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	address := os.Getenv("NILE_E2E_CRI")
	config := fmt.Sprintf("runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 60\n", address, address)
	// Where crictl looks for its configuration.
	if err := os.Setenv("CRI_CONFIG_FILE", crictl+".yaml"); err != nil {
		return err
	}
	return os.WriteFile(crictl+".yaml", []byte(config), 0o600)
})

// cri asks the runtime by crictl. It returns its stdout without the last line feed, and an *exec.ExitError where the
// code isn't 0, with stderr in it.
func cri(args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := command(crictl, args...)
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
	id, name   string
	directory  string
	namespaces map[string]any // the NamespaceOption of its containers
	sandbox    string         // the file of its PodSandboxConfig
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
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	return startNamedPod(t, name, nil, map[string]any{"namespace_options": map[string]any{"network": namespaceOfNode, "pid": pids}})
}

// startNamedPod starts a pod's sandbox under a name, with labels and a security context.
func startNamedPod(t *testing.T, name string, labels map[string]string, security map[string]any) *criPod {
	t.Helper()
	needCRI(t)
	p := &criPod{t: t, directory: t.TempDir(), name: name, namespaces: security["namespace_options"].(map[string]any)}
	uid := fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
	p.sandbox = p.write("sandbox.json", map[string]any{
		"metadata":      map[string]any{"name": name, "namespace": "e2e", "uid": uid, "attempt": 0},
		"labels":        labels,
		"log_directory": p.directory,
		"linux":         map[string]any{"security_context": security},
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
