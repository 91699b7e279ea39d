package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ConfigMap is a volume of that kind as the kubelet fills it, by the steps of
// AtomicWriter.Write in pkg/volume/util/atomic_writer.go of Kubernetes: what is seen are links
// to ..data/NAME, and ..data is a link to a directory, which is replaced as a whole.
type ConfigMap struct {
	// Swap puts the new link in the place of ..data; it renames where nothing else is said.
	Swap func(from, to string) error

	t         testing.TB
	directory string
	written   int
}

// NewConfigMap makes a volume with files, by their paths in it. Its directory may be there.
func NewConfigMap(t testing.TB, directory string, files map[string]string) *ConfigMap {
	t.Helper()
	c := &ConfigMap{Swap: os.Rename, t: t, directory: directory}
	c.must(os.MkdirAll(directory, 0o755))
	c.Write(files)
	return c
}

// Write has the volume contain these files and no others. A failure ends the test.
func (c *ConfigMap) Write(files map[string]string) {
	c.t.Helper()
	data := filepath.Join(c.directory, "..data")
	old, _ := os.Readlink(data)
	c.written++
	fresh := fmt.Sprintf("..2026_11_27_07_30_%02d.%d", c.written, 1000+c.written)
	c.must(os.Mkdir(filepath.Join(c.directory, fresh), 0o700))
	c.must(os.Chmod(filepath.Join(c.directory, fresh), 0o755))
	for name, text := range files {
		path := filepath.Join(c.directory, fresh, name)
		c.must(os.MkdirAll(filepath.Dir(path), 0o755))
		c.must(os.WriteFile(path, []byte(text), 0o644))
		c.must(os.Chmod(path, 0o644))
	}
	c.link(files)
	c.must(os.Symlink(fresh, data+"_tmp"))
	c.must(c.Swap(data+"_tmp", data))
	c.sweep()
	if old != "" {
		c.must(os.RemoveAll(filepath.Join(c.directory, old)))
	}
}

// link makes the links of names that are new.
func (c *ConfigMap) link(files map[string]string) {
	c.t.Helper()
	for name := range files {
		top, _, _ := strings.Cut(name, "/")
		if _, err := os.Readlink(filepath.Join(c.directory, top)); os.IsNotExist(err) {
			c.must(os.Symlink(filepath.Join("..data", top), filepath.Join(c.directory, top)))
		}
	}
}

// sweep removes the links of names that are gone.
func (c *ConfigMap) sweep() {
	c.t.Helper()
	visible, err := os.ReadDir(c.directory)
	c.must(err)
	for _, e := range visible {
		if _, err := os.Stat(filepath.Join(c.directory, e.Name())); err != nil && !strings.HasPrefix(e.Name(), "..") {
			c.must(os.Remove(filepath.Join(c.directory, e.Name())))
		}
	}
}

func (c *ConfigMap) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}
