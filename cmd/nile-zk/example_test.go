package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestHowTo runs the pod of docs/how-to/register-in-zookeeper.md: nile with nile-zk as a
// sidecar, from its start to its end.
func TestHowTo(t *testing.T) {
	s := startServer(t)
	other := s.client()
	page, err := os.ReadFile("../../docs/how-to/register-in-zookeeper.md")
	if err != nil {
		t.Fatal(err)
	}
	_, number, _ := net.SplitHostPort(testkit.FreeAddress(t))
	manifest := string(regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)[1])
	for _, change := range []struct{ from, to string }{
		{`"zk-0.zk:2181,zk-1.zk:2181,zk-2.zk:2181"`, s.address},
		{"[/app/shop]", fmt.Sprintf("[testprogram, serve, %q]", number)},
		{"8080", number},
	} {
		if !strings.Contains(manifest, change.from) {
			t.Fatalf("the manifest of the page has no %s", change.from)
		}
		manifest = strings.ReplaceAll(manifest, change.from, change.to)
	}
	dir := t.TempDir()
	write(t, dir, "pod.yaml", manifest)
	nile := start(t, dir, []string{"NILE_STATE_DIR=" + dir, "NILE_ZK_NAME=shop-0"}, "nile", "run", "pod.yaml")
	r, _ := node(t, other, liveNode, isState(stateReady))
	if fmt.Sprint(r.Ports) != "[{http "+number+"}]" || r.Version != "1.4.2" {
		t.Errorf("the node says %+v", r)
	}
	status, err := askStatus(t.Context(), control(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range status.Nile.Containers {
		if c.Name == "app" {
			if err := syscall.Kill(c.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, _ = node(t, other, markNode, isState(stateHeld))
	if r.Signal != "SIGKILL" {
		t.Errorf("the mark says %+v", r)
	}
	verb(t, dir, "retry", "app")
	node(t, other, liveNode, isState(stateReady))
	nile.end()
	for _, path := range []string{liveNode, markNode} {
		if exists, _, err := other.Exists(path); exists || err != nil {
			t.Errorf("after the end of the pod, %s is there: %v, %v", path, exists, err)
		}
	}
}
