//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// criContainer is a container of a criPod.
type criContainer struct {
	pod      *criPod
	id, name string
}

// start starts a container with the machine's programs and a read-only root in which nothing can be written to. Its
// entrypoint is nile, and args are nile's.
func (p *criPod) start(name string, args ...string) *criContainer {
	p.t.Helper()
	c := p.create(name, p.namespaces, map[string]any{"args": args})
	c.awaitNile()
	return c
}

// awaitNile waits for a nile that answers.
func (c *criContainer) awaitNile() {
	c.pod.t.Helper()
	eventually(c.pod.t, 30*time.Second, func() string { return "no nile answers in " + c.name + ": " + read(c.pod.t, c.log()) },
		func() bool { code, _ := c.tryExec(0, "nile", "check", "live"); return code == 0 })
}

// mount is a mount of a container: a directory of the machine's.
func mount(source, target string, readonly bool) map[string]any {
	return map[string]any{"host_path": source, "container_path": target, "readonly": readonly}
}

// machineMounts are the mounts that a container with the machine's programs needs, and more.
func machineMounts(more ...map[string]any) []map[string]any {
	return append([]map[string]any{mount("/usr", "/usr", true), mount("/etc/alternatives", "/etc/alternatives", true)}, more...)
}

// create starts a container as start does, with the namespaces and the command or args of the process that are given,
// or other fields of its ContainerConfig, and doesn't wait for a nile.
func (p *criPod) create(name string, namespaces, process map[string]any) *criContainer {
	p.t.Helper()
	content := map[string]any{
		"metadata": map[string]any{"name": name, "attempt": 0},
		"image":    map[string]any{"image": criImageName},
		"log_path": name + ".log",
		"mounts":   machineMounts(),
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

// commandExit is where crictl tells the exit code of a command; its own is 1.
var commandExit = regexp.MustCompile(`(?m)^execing command .* exited with (\d+): `)

// tryExec runs a command as a kubelet runs an exec probe, with a time-out of whole seconds (0 for none), and returns its
// exit code, or -1 where the runtime gives none, and its stdout.
func (c *criContainer) tryExec(timeout int, args ...string) (code int, stdout string) {
	c.pod.t.Helper()
	stdout, err := cri(append([]string{"exec", "--sync", "--timeout", strconv.Itoa(timeout), c.id}, args...)...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if strings.Contains(string(exit.Stderr), "DeadlineExceeded") { // the status code of gRPC
			return -1, stdout
		}
		if said := commandExit.FindSubmatch(exit.Stderr); said != nil {
			code, err = strconv.Atoi(string(said[1]))
			if err != nil {
				c.pod.t.Fatal(err)
			}
			return code, stdout + string(exit.Stderr)
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
	code, ended := c.exitCode()
	if !ended {
		c.pod.t.Fatalf("container %s has not ended", c.name)
	}
	return code
}

// exitCode is the container's exit code, where it has ended.
func (c *criContainer) exitCode() (code int, ended bool) {
	c.pod.t.Helper()
	var found struct {
		Status struct {
			State    string
			ExitCode int
		}
	}
	inspection := mustCRI(c.pod.t, "inspect", c.id)
	if err := json.Unmarshal([]byte(inspection), &found); err != nil {
		c.pod.t.Fatalf("%v:\n%s", err, inspection)
	}
	return found.Status.ExitCode, found.Status.State == "CONTAINER_EXITED"
}
