//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	criImageName = "nile.test/machine:e2e"
	criPauseName = "nile.test/nile-pause:e2e" // setup.sh has it as containerd's sandbox_image
)

// needCRI makes crictl and the images of the pods ready, once.
func needCRI(t *testing.T) {
	t.Helper()
	if os.Getenv("NILE_E2E_CRI") == "" {
		t.Fatal("NILE_E2E_CRI is not set: run e2e/run.sh, which starts a containerd that serves the CRI")
	}
	if err := buildCrictl(); err != nil {
		t.Fatal(err)
	}
	if !criImagesKnown {
		importImages(t)
		criImagesKnown = true
	}
}

// criImagesKnown needs no lock: the tests run one after the other.
var criImagesKnown bool

func importImages(t *testing.T) {
	t.Helper()
	pause := filepath.Join(t.TempDir(), "pause")
	build := command("go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", pause, "../cmd/nile-pause")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build nile-pause: %v\n%s", err, output)
	}
	// As deploy/nile-pause/Dockerfile makes it.
	newImage(t).file("pause", pause).importAs(criPauseName, imageConfig{Entrypoint: []string{"/pause"}, User: "65535:65535"})
	machineFiles(t).importAs(criImageName, imageConfig{Entrypoint: []string{"nile"}, Env: []string{machinePath}})
}

// imageConfig is the part of an image's configuration that says how it runs, see "config" in the image specification of
// the Open Container Initiative.
type imageConfig struct {
	Entrypoint []string
	Env        []string `json:",omitempty"`
	User       string   `json:",omitempty"`
}

// importAs makes the image known to the containerd of the CRI, under a name: as an archive of one layer, in the format
// of `docker save`.
func (i *image) importAs(name string, config imageConfig) {
	i.t.Helper()
	if err := i.tar.Close(); err != nil {
		i.t.Fatal(err)
	}
	layer := i.contents.String()
	archive := newImage(i.t).text("layer.tar", layer).
		text("config.json", toJSON(i.t, map[string]any{
			"architecture": runtime.GOARCH, "os": "linux", "config": config,
			"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(layer)))}},
		})).
		text("manifest.json", toJSON(i.t, []any{
			map[string]any{"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"}},
		}))
	if err := archive.tar.Close(); err != nil {
		i.t.Fatal(err)
	}
	address := strings.TrimPrefix(os.Getenv("NILE_E2E_CRI"), "unix://")
	load := command("ctr", "--address", address, "--namespace", "k8s.io", "images", "import", "--snapshotter", "native", "-")
	load.Stdin = &archive.contents
	if output, err := load.CombinedOutput(); err != nil {
		i.t.Fatalf("cannot import %s: %v\n%s", name, err, output)
	}
	// The CRI hears of it by an event.
	eventually(i.t, 20*time.Second, func() string { return "the CRI does not know image " + name },
		func() bool { _, err := cri("inspecti", name); return err == nil })
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
