//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// releasedImages is where the archives of the images are: those that .ci/dist has left, or else such as are made here for
// this machine's architecture alone.
func releasedImages(t *testing.T) (directory, version string) {
	t.Helper()
	directory = filepath.Join("..", "build", "dist")
	if found, _ := filepath.Glob(filepath.Join(directory, "nile-*-linux-"+runtime.GOARCH+".tar.gz")); len(found) != 1 {
		directory = t.TempDir()
		make := command("go", "run", "./dist", "-version", "v0.0.0", "-architectures", runtime.GOARCH, "-out", directory)
		make.Dir = ".."
		if output, err := make.CombinedOutput(); err != nil {
			t.Fatalf("cannot make the images: %v\n%s", err, output)
		}
	}
	found, _ := filepath.Glob(filepath.Join(directory, "nile-pause-*.oci.tar"))
	if len(found) != 1 {
		t.Fatalf("the images in %s are %q", directory, found)
	}
	return directory, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "nile-pause-"), ".oci.tar")
}

// TestReleasedImages loads the images of `make dist`, which no engine has made, into Docker and into containerd, and runs
// them there.
func TestReleasedImages(t *testing.T) {
	shows(t, "images that no engine has made, in Docker and containerd")
	directory, version := releasedImages(t)
	for _, image := range []struct{ name, user, path, argument, says string }{
		{"nile", "65532:65532", "/nile", "version", "nile " + version},
		{"nile-pause", "65535:65535", "/pause", "-v", "nile-pause " + version},
	} {
		t.Run(image.name, func(t *testing.T) {
			archive := filepath.Join(directory, image.name+"-"+version+".oci.tar")
			runReleasedByDocker(t, archive, "nile-init/"+image.name+":"+version+"-"+runtime.GOARCH, image.user, image.argument, image.says)
			runReleasedByContainerd(t, archive, "docker.io/nile-init/"+image.name+":"+version, image.path, image.argument, image.says)
		})
	}
}

func runReleasedByDocker(t *testing.T, archive, tag, user, argument, says string) {
	t.Helper()
	for _, line := range strings.Split(docker(t, "load", "--input", archive), "\n") {
		if loaded, ok := strings.CutPrefix(line, "Loaded image: "); ok { // one for each architecture
			t.Cleanup(func() { docker(t, "rmi", "--force", strings.TrimSpace(loaded)) })
		}
	}
	if got := docker(t, "inspect", "--format", "{{.Config.User}} {{.Architecture}}", tag); strings.TrimSpace(got) != user+" "+runtime.GOARCH {
		t.Errorf("%s runs as %s", tag, got)
	}
	if got := docker(t, "run", "--rm", "--network", "none", tag, argument); !strings.HasPrefix(got, says) {
		t.Errorf("%s says %q, want %q", tag, got, says)
	}
}

func runReleasedByContainerd(t *testing.T, archive, name, path, argument, says string) {
	t.Helper()
	ctr := func(arguments ...string) string {
		t.Helper()
		address := strings.TrimPrefix(os.Getenv("NILE_E2E_CRI"), "unix://")
		output, err := command("ctr", append([]string{"--address", address, "--namespace", "nile-release"}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("ctr %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
		return string(output)
	}
	ctr("images", "import", "--snapshotter", "native", archive)
	t.Cleanup(func() { ctr("images", "remove", "--sync", name) })
	if list := ctr("images", "list", "name=="+name); !strings.Contains(list, "linux/"+runtime.GOARCH) {
		t.Errorf("containerd knows %s as\n%s", name, list)
	}
	container := fmt.Sprintf("nile-release-%d-%s", os.Getpid(), filepath.Base(path))
	if got := ctr("run", "--rm", "--snapshotter", "native", name, container, path, argument); !strings.HasPrefix(got, says) {
		t.Errorf("%s says %q, want %q", name, got, says)
	}
}
