//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// nginxConf is a volume's one file.
func nginxConf(text string) map[string]string { return map[string]string{"nginx.conf": text} }

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
	manifest := filepath.Join(t.TempDir(), "pod.yaml")
	if err := os.WriteFile(manifest, []byte(pod), 0o644); err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(t.TempDir(), "shop")
	volume := testkit.NewConfigMap(t, directory, nginxConf("no configuration;\n"))
	c := start(t, machineImage(t), machineOptions("--volume", manifest+":/etc/nile/pod.yaml:ro",
		"--volume", directory+":/etc/shop:ro", "--tmpfs", "/var/log/nginx", "--tmpfs", "/var/lib/nginx"), "run")
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
	volume.Write(nginxConf(oneWordSite("first")))
	says("nginx - /etc/shop/nginx.conf has changed: its back-off is over")
	serves("first")
	first := runOf(t, c)

	volume.Write(nginxConf(oneWordSite("second")))
	serves("second")
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "\n")
		says(line)
	}
	volume.Write(nginxConf("no configuration;\n"))
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
