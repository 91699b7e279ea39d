package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// image is a container image with one program, as its Dockerfile makes it.
type image struct {
	name, program, path, user, description string
	license                                bool // the file LICENSE is in it
}

var images = []image{
	{name: "nile", program: "nile", path: "nile", user: "65532:65532", license: true,
		description: "The init process for pods: reaps, supervises, and keeps the scene of a crash"},
	{name: "nile-pause", program: "nile-pause", path: "pause", user: "65535:65535",
		description: "A pause container that no signal of its pod can end"},
}

// repository is what the images are called before their name.
const repository = "docker.io/nile-init/"

// The media types of the image specification.
const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// descriptor names a blob by its content.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    *platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Variant      string `json:"variant,omitempty"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Annotations   map[string]string `json:"annotations"`
}

type imageConfig struct {
	Created time.Time `json:"created"`
	platform
	Config struct {
		User       string            `json:"User"`
		Entrypoint []string          `json:"Entrypoint"`
		Labels     map[string]string `json:"Labels"`
		WorkingDir string            `json:"WorkingDir"`
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []history `json:"history"`
}

type history struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

// loadable is one image in the file manifest.json of `docker save`.
type loadable struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// layout is an image layout that is being put together.
type layout struct {
	file *archiveFile
	have []string // digests of the blobs that are in it
}

func (l *layout) blob(mediaType string, contents []byte) (descriptor, error) {
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(contents))
	d := descriptor{MediaType: mediaType, Digest: digest, Size: len(contents)}
	if slices.Contains(l.have, digest) {
		return d, nil
	}
	l.have = append(l.have, digest)
	return d, l.file.add(pathOf(d), 0o644, contents)
}

func (l *layout) json(mediaType string, value any) (descriptor, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return descriptor{}, err
	}
	return l.blob(mediaType, text)
}

// pathOf is where a blob is in the layout.
func pathOf(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }

// writeImage writes NAME-VERSION.oci.tar with the image for each architecture.
func (r *release) writeImage(i image, built []binary) error {
	l := &layout{file: newTar(r.time)}
	if err := l.file.add("oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	platforms := index{SchemaVersion: 2, MediaType: indexType}
	var forDocker []loadable
	for _, b := range built {
		if b.name != i.program {
			continue
		}
		m, d, err := r.addImage(l, i, b)
		if err != nil {
			return fmt.Errorf("cannot make the image of %s for %s: %w", i.name, b.architecture, err)
		}
		platforms.Manifests = append(platforms.Manifests, d)
		forDocker = append(forDocker, loadable{
			Config: pathOf(m.Config), Layers: []string{pathOf(m.Layers[0])},
			RepoTags: []string{strings.TrimPrefix(repository, "docker.io/") + i.name + ":" + r.version + "-" + b.architecture.String()},
		})
	}
	whole, err := l.json(indexType, platforms)
	if err != nil {
		return err
	}
	whole.Annotations = map[string]string{
		"io.containerd.image.name":          repository + i.name + ":" + r.version,
		"org.opencontainers.image.ref.name": r.version,
	}
	if err := l.addJSON("index.json", index{SchemaVersion: 2, MediaType: indexType, Manifests: []descriptor{whole}}); err != nil {
		return err
	}
	if err := l.addJSON("manifest.json", forDocker); err != nil {
		return err
	}
	contents, err := l.file.bytes()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, i.name+"-"+r.version+".oci.tar"), contents, 0o644)
}

func (l *layout) addJSON(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return l.file.add(name, 0o644, text)
}

// addImage adds the image for one architecture.
func (r *release) addImage(l *layout, i image, b binary) (manifest, descriptor, error) {
	m := manifest{SchemaVersion: 2, MediaType: manifestType, Annotations: r.labels(i)}
	files := newTar(r.time)
	if i.license {
		if err := files.copy("LICENSE", "LICENSE", 0o644); err != nil {
			return m, descriptor{}, err
		}
	}
	if err := files.copy(i.path, b.path, 0o755); err != nil {
		return m, descriptor{}, err
	}
	compressed, plain, err := files.compressed()
	if err != nil {
		return m, descriptor{}, err
	}
	layer, err := l.blob(layerType, compressed)
	if err != nil {
		return m, descriptor{}, err
	}
	on := platform{Architecture: b.architecture.name, OS: "linux", Variant: b.architecture.variant}
	config := imageConfig{Created: r.time, platform: on, History: []history{{r.time, "make dist"}}}
	config.Config.User, config.Config.Entrypoint, config.Config.WorkingDir = i.user, []string{"/" + i.path}, "/"
	config.Config.Labels = r.labels(i)
	config.RootFS.Type, config.RootFS.DiffIDs = "layers", []string{fmt.Sprintf("sha256:%x", sha256.Sum256(plain))}
	if m.Config, err = l.json(configType, config); err != nil {
		return m, descriptor{}, err
	}
	m.Layers = []descriptor{layer}
	d, err := l.json(manifestType, m)
	d.Platform = &on
	return m, d, err
}

func (r *release) labels(i image) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       i.name,
		"org.opencontainers.image.description": i.description,
		"org.opencontainers.image.source":      "https://github.com/nile-init/nile",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     r.version,
		"org.opencontainers.image.revision":    r.revision,
	}
}
