package nile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestOrderContainers runs the commands of the page, with the pod that it shows: what they
// print has the lines that the page shows, in that order.
func TestOrderContainers(t *testing.T) {
	page, err := os.ReadFile("docs/how-to/order-containers.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := testkit.Build("-o", dir, "./cmd/nile"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pod.yaml"), yamlBlock.FindSubmatch(page)[1], 0o644); err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, block := range examples(string(page)) {
		cmd := exec.Command("sh", "-c", block.command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("$ %s: %v\n%s", block.command, err, out)
		}
		rest := string(out)
		for _, line := range block.output {
			_, after, found := strings.Cut(rest, line+"\n")
			if !found {
				t.Errorf("$ %s\n%s\nthe page shows\n%s", block.command, out, strings.Join(block.output, "\n"))
				break
			}
			rest, shown = after, shown+1
		}
	}
	if shown < 3 {
		t.Errorf("only %d lines of output are on the page", shown)
	}
}
