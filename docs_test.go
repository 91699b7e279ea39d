package nile_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/testkit"
)

// documents are the pages that people read.
func documents(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pages[file] = string(text)
		}
	}
	if len(pages) < 6 {
		t.Fatalf("only %d documents are found", len(pages))
	}
	return pages
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestManifestsInDocumentsAreGood reads every Pod that a page shows.
func TestManifestsInDocumentsAreGood(t *testing.T) {
	shown := 0
	for file, text := range documents(t) {
		for _, block := range yamlBlock.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(block[1], "kind: Pod") {
				continue
			}
			shown++
			if _, err := manifest.Load(file, []byte(block[1]), manifest.Options{CheckOnly: true}); err != nil {
				t.Errorf("%s shows a manifest that nile refuses: %v", file, err)
			}
		}
	}
	if shown == 0 {
		t.Error("no page shows a manifest")
	}
}

var (
	link   = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	target = regexp.MustCompile("(?m)(?:^    |`)make ([a-z0-9]+)")
)

// TestLinksAndTargetsOfDocumentsExist follows what the pages point to.
func TestLinksAndTargetsOfDocumentsExist(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s points to %s, which is not there", file, m[1])
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !bytes.Contains(makefile, []byte("\n"+m[1]+":")) {
				t.Errorf("%s says make %s; the Makefile has no such target", file, m[1])
			}
		}
	}
}

// TestIndexHasEveryPage keeps docs/README.md whole.
func TestIndexHasEveryPage(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for file := range documents(t) {
		if page, ok := strings.CutPrefix(file, "docs/"); ok && page != "README.md" && !bytes.Contains(index, []byte("]("+page+")")) {
			t.Errorf("docs/README.md does not point to %s", page)
		}
	}
}

var command = regexp.MustCompile(`(?m)^    (nile (?:run|validate) [^#\n]*)`)

// TestCommandsOfTheReadmeWork runs the lines of the README that check and plan a pod,
// with the pod that the README shows.
func TestCommandsOfTheReadmeWork(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := testkit.Build("-o", dir, "./cmd/nile"); err != nil {
		t.Fatal(err)
	}
	pod := yamlBlock.FindSubmatch(text)
	if pod == nil {
		t.Fatal("the README shows no manifest")
	}
	if err := os.WriteFile(filepath.Join(dir, "pod.yaml"), pod[1], 0o644); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, m := range command.FindAllSubmatch(text, -1) {
		line := strings.TrimSpace(string(m[1]))
		if !strings.Contains(line, "validate") && !strings.Contains(line, "--dry-run") {
			continue // it would run Tomcat
		}
		ran++
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	if ran < 2 {
		t.Errorf("only %d lines of the README were run", ran)
	}
}
