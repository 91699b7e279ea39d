package deploy_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestShellcheck reads the scripts with shellcheck, where the machine has it.
func TestShellcheck(t *testing.T) {
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("needs shellcheck: apt-get install shellcheck")
	}
	scripts := []string{"kubectl-nile", "krew/package.sh", "seccomp/measure.sh", "../e2e/standin/kubectl"}
	if out, err := exec.Command(path, scripts...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}

// TestKrewPackage packs the plugin twice, and holds the manifest against the archive that krew would get.
func TestKrewPackage(t *testing.T) {
	archives := map[string]string{}
	for _, dir := range []string{t.TempDir(), t.TempDir()} {
		if out, err := exec.Command("krew/package.sh", "v1.2.3", dir).CombinedOutput(); err != nil {
			t.Fatalf("package.sh: %v\n%s", err, out)
		}
		archive, err := os.ReadFile(filepath.Join(dir, "kubectl-nile.tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(archive))
		archives[sum] = dir
		checkKrewManifest(t, filepath.Join(dir, "nile.yaml"), sum, filepath.Join(dir, "kubectl-nile.tar.gz"))
	}
	if len(archives) != 1 {
		t.Errorf("two archives of the same files differ: %v", archives)
	}
}

func checkKrewManifest(t *testing.T, path, sum, archive string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var plugin struct {
		Kind     string
		Metadata struct{ Name string }
		Spec     struct {
			Version, ShortDescription string
			Platforms                 []struct{ URI, SHA256, Bin string }
		}
	}
	if err := yaml.Unmarshal(text, &plugin); err != nil {
		t.Fatal(err)
	}
	if plugin.Kind != "Plugin" || plugin.Metadata.Name != "nile" || plugin.Spec.Version != "v1.2.3" || len(plugin.Spec.Platforms) != 1 || len(plugin.Spec.ShortDescription) > 50 {
		t.Fatalf("not what krew wants:\n%s", text)
	}
	platform := plugin.Spec.Platforms[0]
	if platform.SHA256 != sum || !strings.Contains(platform.URI, "/v1.2.3/kubectl-nile.tar.gz") {
		t.Errorf("the archive's sum is %s, the manifest says %+v", sum, platform)
	}
	names, err := exec.Command("tar", "-tzf", archive).Output()
	if err != nil || !strings.Contains("\n"+string(names), "\n"+platform.Bin+"\n") || !strings.Contains(string(names), "LICENSE\n") {
		t.Errorf("the archive has %q, %v; want %s and LICENSE", names, err, platform.Bin)
	}
}
