//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cluster is what a user sees of the pods through kubectl, for which standin/kubectl stands, and through its plugin.
type cluster struct {
	t   *testing.T
	dir string // of its workloads, and where the commands run
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	needCRI(t)
	return &cluster{t: t, dir: t.TempDir()}
}

// workload adds the manifest of a workload.
func (c *cluster) workload(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name+".yaml"), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// realKubectl is the machine's own.
func realKubectl(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("kubectl")
	if err != nil {
		t.Fatal("no kubectl on PATH: run e2e/run.sh, which installs one")
	}
	return path
}

// variables are those of a user's shell, beside the test's own.
func (c *cluster) variables() []string {
	c.t.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		c.t.Fatal(err)
	}
	path := "PATH=" + strings.Join([]string{filepath.Join(here, "standin"), filepath.Dir(nile), os.Getenv("PATH")}, ":")
	return []string{path, "KUBECTL=" + realKubectl(c.t), "CRICTL=" + crictl, "CLUSTER=" + c.dir, "PLUGIN=" + filepath.Join(here, "../deploy/kubectl-nile")}
}

// shell is a command that a user types.
func (c *cluster) shell(line string) *exec.Cmd {
	c.t.Helper()
	cmd := command("sh", "-c", line)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.variables()...)
	return cmd
}

// types runs a command that is to succeed and returns all that it prints.
func (c *cluster) types(line string) string {
	c.t.Helper()
	output, err := c.shell(line).CombinedOutput()
	if err != nil {
		c.t.Fatalf("$ %s\n%v\n%s", line, err, output)
	}
	return string(output)
}

// code runs a command and returns its exit code, and all that it prints.
func (c *cluster) code(line string) (code int, output string) {
	c.t.Helper()
	cmd := c.shell(line)
	text, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(text)
}
