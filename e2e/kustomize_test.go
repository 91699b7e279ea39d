//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kustomizeModule is the module of kustomize.
const kustomizeModule = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"

// TestKustomizeComponent builds the example of the component with kustomize itself, and wants what is kept beside it,
// which a test of package deploy runs.
func TestKustomizeComponent(t *testing.T) {
	shows(t, "the component by the real kustomize; a container without a command is refused")
	directory := t.TempDir()
	install := exec.Command("timeout", "--kill-after=5", "300", "go", "install", "-trimpath", "-ldflags=-s -w", kustomizeModule)
	install.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOBIN="+directory)
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("cannot build kustomize: %v\n%s", err, output)
	}
	kustomize := filepath.Join(directory, "kustomize")
	built, err := command(kustomize, "build", "../deploy/kustomize/example").Output()
	if err != nil {
		t.Fatalf("kustomize build: %v\n%s", err, talk(err))
	}
	if want := read(t, "../deploy/kustomize/example/built.yaml"); string(built) != want {
		t.Errorf("kustomize builds\n%s\nwhich differs from built.yaml", built)
	}

	// A container without a command would start without nile: it is to be refused.
	example := read(t, "../deploy/kustomize/example/deployments.yaml")
	without := strings.Replace(example, "        command: [sh, -c, exit 3]\n", "", 1)
	component, err := filepath.Abs("../deploy/kustomize/nile")
	if err != nil || without == example {
		t.Fatalf("the example has no command to leave out: %v", err)
	}
	relative, err := filepath.Rel(directory, component)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"deployments.yaml": without,
		"kustomization.yaml": "resources: [deployments.yaml]\ncomponents: [" + relative + "]\n"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if output, err := command(kustomize, "build", directory).CombinedOutput(); err == nil || !strings.Contains(string(output), "command") {
		t.Errorf("a container without a command: %v\n%s", err, output)
	}
}
