//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// configMap is a volume as the kubelet fills it (pkg/volume/util/atomic_writer.go): its files are links to ..data/NAME, and
// ..data is one to a directory, which is renamed over.
type configMap struct {
	t         *testing.T
	directory string
	written   int
}

// write swaps what the volume's one file, nginx.conf, contains.
func (m *configMap) write(text string) {
	m.t.Helper()
	m.written++
	version := fmt.Sprintf("..version_%d", m.written)
	must := func(err error) {
		m.t.Helper()
		if err != nil {
			m.t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(m.directory, version), 0o755))
	must(os.WriteFile(filepath.Join(m.directory, version, "nginx.conf"), []byte(text), 0o644))
	must(os.Symlink(version, filepath.Join(m.directory, "..data_tmp")))
	must(os.Rename(filepath.Join(m.directory, "..data_tmp"), filepath.Join(m.directory, "..data")))
	if m.written == 1 {
		must(os.Symlink("..data/nginx.conf", filepath.Join(m.directory, "nginx.conf")))
		return
	}
	must(os.RemoveAll(filepath.Join(m.directory, fmt.Sprintf("..version_%d", m.written-1))))
}

// oneWordSite is a configuration whose every answer is one word.
func oneWordSite(word string) string {
	return `pid /tmp/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 127.0.0.1:18085; location / { return 200 "` + word + `"; } }
}
`
}

// TestNewConfigMap runs the pod of docs/how-to/new-configmap.md in Docker and swaps its ConfigMap as the kubelet does.
func TestNewConfigMap(t *testing.T) {
	shows(t, "a new ConfigMap, and nginx of the same pid serves it; a wrong one, and it goes on; back-off ended by a change")
	page := read(t, "../docs/how-to/new-configmap.md")
	pod, lines := blocksOf(t, "new-configmap")[0], strings.Split(page, "\n    …  ")[1:]
	if len(lines) != 2 {
		t.Fatalf("the page shows %d events, want 2", len(lines))
	}
	volume := &configMap{t: t, directory: filepath.Join(t.TempDir(), "shop")}
	if err := os.Mkdir(volume.directory, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(t.TempDir(), "pod.yaml")
	if err := os.WriteFile(manifest, []byte(pod), 0o644); err != nil {
		t.Fatal(err)
	}
	volume.write("no configuration;\n")
	c := start(t, machineImage(t), machineOptions("--volume", manifest+":/etc/nile/pod.yaml:ro",
		"--volume", volume.directory+":/etc/shop:ro", "--tmpfs", "/var/log/nginx", "--tmpfs", "/var/lib/nginx"), "run")
	says := func(text string) {
		t.Helper()
		eventually(t, time.Minute, func() string { return "the events tell: " + text }, func() bool {
			return strings.Contains(c.exec("nile", "events"), text)
		})
	}
	web := client(c.pid())
	serves := func(word string) {
		t.Helper()
		eventually(t, time.Minute, func() string { return "nginx serves the " + word }, func() bool {
			_, page := get(t, web, "http://127.0.0.1:18085/")
			return page == word
		})
	}

	eventually(t, time.Minute, func() string { return "nginx is in its back-off" }, func() bool {
		return strings.Contains(c.exec("nile", "status"), "Backoff")
	})
	volume.write(oneWordSite("first"))
	says("nginx - /etc/shop/nginx.conf has changed: its back-off is over")
	serves("first")
	first := runOf(t, c)

	volume.write(oneWordSite("second"))
	serves("second")
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "\n")
		says(line)
	}
	volume.write("no configuration;\n")
	eventually(t, time.Minute, func() string { return "nginx refuses it" }, func() bool {
		return strings.Count(c.stderr(), `unknown directive "no"`) > strings.Count(c.exec("nile", "events"), "exited with code 1")
	})
	serves("second")
	if now := runOf(t, c); now != first {
		t.Errorf("nginx is run %+v, want %+v still", now, first)
	}
}

// oneRun tells which run of a container it is.
type oneRun struct{ PID, Restarts int }

// runOf is the run under way of a pod's only container.
func runOf(t *testing.T, c *container) oneRun {
	t.Helper()
	var status struct {
		Nile struct {
			Containers []oneRun `json:"containers"`
		} `json:"nile"`
	}
	if err := json.Unmarshal([]byte(c.exec("nile", "status", "-o", "json")), &status); err != nil {
		t.Fatal(err)
	}
	if len(status.Nile.Containers) != 1 || status.Nile.Containers[0].PID == 0 {
		t.Fatalf("the status tells of no run: %+v", status)
	}
	return status.Nile.Containers[0]
}
