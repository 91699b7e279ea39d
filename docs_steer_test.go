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
)

// TestSteerAPod runs the commands of the page with the pod that it shows, and compares
// what they print with what the page says, but for the figures.
func TestSteerAPod(t *testing.T) {
	page, err := os.ReadFile("docs/how-to/steer-a-pod.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./cmd/nile")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build nile: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "pod.yaml"), yamlBlock.FindSubmatch(page)[1], 0o644); err != nil {
		t.Fatal(err)
	}
	nile := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(dir, "nile"), args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "NILE_CONTROL="+dir+"/control.sock")
		return cmd
	}
	pod := nile("run", "--log-level=off", "pod.yaml")
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
	if shown < 8 {
		t.Errorf("only %d commands with their output are on the page", shown)
	}
}
