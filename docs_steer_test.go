package nile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

func TestSteerAPod(t *testing.T) { playPage(t, "docs/how-to/steer-a-pod.md", 8, "pod.yaml") }

func TestChangeARunningPod(t *testing.T) {
	playPage(t, "docs/how-to/change-a-running-pod.md", 4, "pod.yaml", "new.yaml")
}

// playPage runs the commands of a page with the pod that it shows, and compares what they
// print with what the page says, but for the figures. The first blocks of YAML are files of
// these names, the first of which is the pod; so many commands at least are to show what
// they print.
func playPage(t *testing.T, name string, least int, files ...string) {
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := testkit.Build("-o", dir, "./cmd/nile"); err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(page, -1)
	for i, file := range files {
		if err := os.WriteFile(filepath.Join(dir, file), blocks[i][1], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nile := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(dir, "nile"), args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "NILE_CONTROL="+dir+"/control.sock")
		return cmd
	}
	pod := nile("run", "--log-level=off", files[0])
	if err := pod.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = pod.Process.Signal(syscall.SIGTERM)
		_ = pod.Wait()
	})
	for end := time.Now().Add(30 * time.Second); nile("check", "ready").Run() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the pod does not become ready")
		}
	}
	shown := 0
	for _, block := range examples(string(page)) {
		out, err := nile(strings.Fields(block.command)[1:]...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", block.command, err, out)
		}
		if len(block.output) == 0 {
			continue
		}
		shown++
		if got, want := normal(strings.Split(string(out), "\n")), normal(block.output); !slices.Equal(got, want) {
			t.Errorf("$ %s\n%s\nthe page shows\n%s", block.command, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if shown < least {
		t.Errorf("only %d commands with their output are on %s", shown, name)
	}
}
