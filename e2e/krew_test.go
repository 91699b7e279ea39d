//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// krewModule is the module of krew, kubectl's manager of plugins, and of what its index checks a manifest by.
const krewModule = "sigs.k8s.io/krew/cmd/...@v0.4.3"

// TestKrew packs the plugin, has krew's own rules read its manifest, installs it by krew, and calls it through kubectl.
func TestKrew(t *testing.T) {
	shows(t, "kubectl-nile's manifest by krew's own rules; installed by krew, called by kubectl")
	directory := t.TempDir()
	install := exec.Command("timeout", "--kill-after=5", "300", "go", "install", "-trimpath", "-ldflags=-s -w", krewModule)
	install.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOBIN="+directory)
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("cannot build krew: %v\n%s", err, output)
	}
	manifest, archive, root := filepath.Join(directory, "nile.yaml"), filepath.Join(directory, "kubectl-nile.tar.gz"), filepath.Join(directory, "root")
	for _, step := range [][]string{
		{"../deploy/krew/package.sh", "v1.2.3", directory},
		{filepath.Join(directory, "validate-krew-manifest"), "-manifest", manifest, "-skip-install"},
		{filepath.Join(directory, "krew"), "install", "--manifest", manifest, "--archive", archive},
	} {
		cmd := command(step[0], step[1:]...)
		cmd.Env = append(os.Environ(), "KREW_ROOT="+root)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", step, err, output)
		}
	}
	cmd := command(realKubectl(t), "nile", "--help")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	if output, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(output), "usage: kubectl nile VERB POD") {
		t.Errorf("kubectl nile --help: %v\n%s", err, output)
	}
}
