//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// container is a Docker container of one test. It is removed when the test ends, and its log is shown if the test fails.
type container struct {
	t  *testing.T
	id string
}

// docker runs a command of Docker's client and returns its stdout without the last line feed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := command("docker", args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n")
}

// start starts a container without a network of its own but loopback. options are those of `docker run`; a --network among
// them overrides.
func start(t *testing.T, image string, options []string, args ...string) *container {
	t.Helper()
	run := []string{"run", "--detach"}
	if !strings.Contains(strings.Join(options, " "), "--network") {
		run = append(run, "--network", "none")
	}
	run = append(append(append(run, options...), image), args...)
	c := &container{t: t, id: docker(t, run...)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("container %.12s wrote:\n%s%s", c.id, c.stdout(), c.stderr())
		}
		docker(t, "rm", "--force", "--volumes", c.id)
	})
	return c
}

// result is how a container that has ended did so.
type result struct {
	code           int
	stdout, stderr string
}

// runToEnd starts a container and waits for its end.
func runToEnd(t *testing.T, image string, options []string, args ...string) result {
	t.Helper()
	c := start(t, image, options, args...)
	code := c.wait()
	return result{code: code, stdout: c.stdout(), stderr: c.stderr()}
}

// wait waits for the end and returns the exit code.
func (c *container) wait() int {
	c.t.Helper()
	code, err := strconv.Atoi(docker(c.t, "wait", c.id))
	if err != nil {
		c.t.Fatal(err)
	}
	return code
}

// stop sends TERM and, when the time is over, KILL, as `docker stop` does; it returns the exit code and how long it took.
func (c *container) stop(grace time.Duration) (code int, took time.Duration) {
	c.t.Helper()
	asked := time.Now()
	docker(c.t, "stop", "--time", strconv.Itoa(int(grace.Seconds())), c.id)
	return c.wait(), time.Since(asked)
}

// exec runs a command inside the container and returns its stdout.
func (c *container) exec(args ...string) string {
	c.t.Helper()
	return docker(c.t, append([]string{"exec", c.id}, args...)...)
}

// pid is the process id of the container's PID 1, as the machine sees it.
func (c *container) pid() int {
	c.t.Helper()
	pid, err := strconv.Atoi(docker(c.t, "inspect", "--format", "{{.State.Pid}}", c.id))
	if err != nil || pid == 0 {
		c.t.Fatalf("container %.12s does not run: pid %d, %v\n%s", c.id, pid, err, c.stderr())
	}
	return pid
}

// proc is the container's /proc, seen from the machine.
func (c *container) proc() string { return fmt.Sprintf("/proc/%d/root/proc", c.pid()) }

func (c *container) stdout() string {
	out, _ := c.logs()
	return out
}

func (c *container) stderr() string {
	_, err := c.logs()
	return err
}

func (c *container) logs() (stdout, stderr string) {
	c.t.Helper()
	var out, talk bytes.Buffer
	cmd := command("docker", "logs", c.id)
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		c.t.Errorf("docker logs: %v\n%s", err, talk.String())
	}
	return out.String(), talk.String()
}
