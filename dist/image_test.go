package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fromRoot runs the test where the program runs.
func fromRoot(t *testing.T) { t.Chdir("..") }

func testRelease(t *testing.T) *release {
	return &release{version: "v1.2.3", revision: "abc", time: time.Unix(1e9, 0).UTC(), architectures: all, out: t.TempDir()}
}

// built are files that play programs, one for each of three architectures.
func built(t *testing.T, name string) (programs []binary) {
	t.Helper()
	for _, a := range all[:3] {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(name+" for "+a.String()), 0o700); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, binary{name: name, architecture: a, path: path})
	}
	return programs
}

// untar reads an archive in which nothing may be twice.
func untar(t *testing.T, contents []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	reader := tar.NewReader(bytes.NewReader(contents))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name] != nil || header.Uid != 0 || !header.ModTime.Equal(time.Unix(1e9, 0)) {
			t.Errorf("%s is there twice, or not root's, or of %s", header.Name, header.ModTime)
		}
		files[header.Name] = text
	}
}

// blob reads what a descriptor points to, and holds it against digest and size.
func blob(t *testing.T, files map[string][]byte, d descriptor, into any) []byte {
	t.Helper()
	contents := files[pathOf(d)]
	if digest := fmt.Sprintf("sha256:%x", sha256.Sum256(contents)); digest != d.Digest || len(contents) != d.Size {
		t.Fatalf("%s of %d bytes has the digest %s and %d bytes", d.Digest, d.Size, digest, len(contents))
	}
	if into != nil {
		if err := json.Unmarshal(contents, into); err != nil {
			t.Fatal(err)
		}
	}
	return contents
}

// TestImageLayout walks from the index to the files in the layers, as engines do.
func TestImageLayout(t *testing.T) {
	fromRoot(t)
	r := testRelease(t)
	pause := images[1]
	if err := r.writeImage(pause, append(built(t, "nile"), built(t, "nile-pause")...)); err != nil {
		t.Fatal(err)
	}
	contents, err := os.ReadFile(filepath.Join(r.out, "nile-pause-v1.2.3.oci.tar"))
	if err != nil {
		t.Fatal(err)
	}
	files := untar(t, contents)
	if got := string(files["oci-layout"]); got != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("oci-layout is %s", got)
	}
	var top, platforms index
	if err := json.Unmarshal(files["index.json"], &top); err != nil || len(top.Manifests) != 1 {
		t.Fatalf("the index is %s, %v", files["index.json"], err)
	}
	if name := top.Manifests[0].Annotations["io.containerd.image.name"]; name != "docker.io/nile-init/nile-pause:v1.2.3" {
		t.Errorf("the image is called %s", name)
	}
	blob(t, files, top.Manifests[0], &platforms)
	var found []string
	for _, d := range platforms.Manifests {
		var m manifest
		var config imageConfig
		blob(t, files, d, &m)
		blob(t, files, m.Config, &config)
		found = append(found, d.Platform.Architecture+d.Platform.Variant)
		if config.platform != *d.Platform || config.Config.User != "65535:65535" || fmt.Sprint(config.Config.Entrypoint) != "[/pause]" {
			t.Errorf("the configuration is %+v", config)
		}
		packed, err := gzip.NewReader(bytes.NewReader(blob(t, files, m.Layers[0], nil)))
		if err != nil {
			t.Fatal(err)
		}
		layer, err := io.ReadAll(packed)
		if err != nil {
			t.Fatal(err)
		}
		if id := fmt.Sprintf("sha256:%x", sha256.Sum256(layer)); id != config.RootFS.DiffIDs[0] {
			t.Errorf("the layer is %s, says its configuration %s", id, config.RootFS.DiffIDs[0])
		}
		inside := untar(t, layer)
		if text := string(inside["pause"]); len(inside) != 1 || !strings.HasPrefix(text, "nile-pause for "+d.Platform.Architecture) {
			t.Errorf("in the layer for %s is %q", d.Platform.Architecture, inside)
		}
	}
	if fmt.Sprint(found) != "[amd64 arm64v8 armv7]" {
		t.Errorf("the platforms are %v", found)
	}
	var docker []loadable
	if err := json.Unmarshal(files["manifest.json"], &docker); err != nil || len(docker) != 3 || docker[2].RepoTags[0] != "nile-init/nile-pause:v1.2.3-armv7" ||
		files[docker[2].Config] == nil || files[docker[2].Layers[0]] == nil {
		t.Errorf("manifest.json is %s, %v", files["manifest.json"], err)
	}
}
