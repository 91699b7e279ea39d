package nile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// fails is what the README's app does, without a JVM: it wants a variable.
const fails = `if [ -z "$DB_URL" ]; then echo "DB_URL is not set" >&2; exit 1; fi; exec sleep 600`

var inPodCommand = regexp.MustCompile(`(?m)^    \$ kubectl exec -it shop -- nile (.*)$`)

// TestCrashOfTheReadme goes the README's way from a program that fails at start to one
// that runs, with its own commands.
func TestCrashOfTheReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := inPodCommand.FindAllStringSubmatch(string(page), -1)
	if len(commands) < 4 {
		t.Fatalf("the README shows only %d commands", len(commands))
	}
	dir := t.TempDir()
	if err := testkit.Build("-o", dir, "./cmd/nile"); err != nil {
		t.Fatal(err)
	}
	nile := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(dir, "nile"), args...)
		cmd.Env = append(os.Environ(), "NILE_CONTROL="+dir+"/control.sock", "NILE_STATE_DIR="+dir+"/state", "NILE_HOLD=1", "DB_URL=")
		return cmd
	}
	container := nile("--", "sh", "-c", fails)
	if err := container.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = container.Process.Signal(syscall.SIGTERM)
		_ = container.Wait()
	})
	for end := time.Now().Add(30 * time.Second); nile("wait", "--for=held", "--timeout=10s").Run() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the program is not held")
		}
	}
	if nile("check", "ready").Run() == nil {
		t.Error("what is held is ready")
	}
	said := map[string]string{}
	for _, m := range commands {
		arguments := strings.Fields(m[1])
		out, err := nile(arguments...).CombinedOutput() // nobody types anything into the shell
		if err != nil {
			t.Errorf("nile %s: %v\n%s", m[1], err, out)
		}
		said[arguments[0]] = string(out)
	}
	if first, _, _ := strings.Cut(said["report"], "\n"); !strings.HasSuffix(first, "DB_URL is not set") {
		t.Errorf("the report's first line is %q, not the cause", first)
	}
	if !strings.Contains(said["status"], "Running, for") || !strings.Contains(said["status"], "1 of 1 ready") {
		t.Errorf("after the retry the status is\n%s", said["status"])
	}
	if out, err := nile("check", "ready").CombinedOutput(); err != nil {
		t.Errorf("after the retry the pod is not ready: %s", out)
	}
}
