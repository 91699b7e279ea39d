package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/nile-init/nile/internal/testkit"
)

const (
	liveNode = "/services/shop/shop-0"
	markNode = "/nile/services/shop/shop-0"
)

func TestNodeFollowsTheApp(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, nile := startApp(t, true)
	before := time.Now().Add(-time.Minute)
	sidecar := startZK(t, dir, s, "--container", "app", "--service-version", "1.4.2", "--data", "zone=a,weight=3")

	r, stat := node(t, other, liveNode, isState(stateReady))
	if r.Host != "127.0.0.1" || len(r.Ports) != 1 || r.Ports[0] != (port{"http", 8080}) || r.Version != "1.4.2" || r.Name != "shop-0" ||
		r.Pod != "shop" || r.Container != "app" || r.Data["zone"] != "a" || r.Data["weight"] != "3" || r.Since.Before(before) || r.ExitCode != nil {
		t.Errorf("the node says %+v", r)
	}
	if stat.EphemeralOwner == 0 {
		t.Error("the node is not ephemeral")
	}

	if err := os.Remove(filepath.Join(dir, "ready")); err != nil {
		t.Fatal(err)
	}
	gone(t, other, liveNode)
	if marks := children(t, other, "/nile/services/shop"); len(marks) != 0 {
		t.Errorf("an app that is not ready is marked: %q", marks)
	}
	write(t, dir, "ready", "")
	node(t, other, liveNode, isState(stateReady))

	crash(t, dir, syscall.SIGKILL)
	r, _ = node(t, other, markNode, isState(stateHeld))
	if r.Signal != "SIGKILL" || r.ExitCode == nil || *r.ExitCode != 137 || r.Message == "" {
		t.Errorf("the mark of the held app says %+v", r)
	}
	if live := children(t, other, "/services/shop"); len(live) != 0 {
		t.Errorf("a held app is found live: %q", live)
	}
	verb(t, dir, "retry", "app")
	node(t, other, liveNode, isState(stateReady))
	gone(t, other, markNode)

	if code := sidecar.end(); code != 0 {
		t.Errorf("after SIGTERM nile-zk ended with %d", code)
	}
	if exists, _, err := other.Exists(liveNode); exists || err != nil {
		t.Errorf("after the end of nile-zk its node is there: %v, %v", exists, err)
	}
	nile.end()
}

// Whatever a crash loop does, the mark stays from the first crash until the app is ready.
func TestCrashIsMarked(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, false)
	startZK(t, dir, s)
	node(t, other, liveNode, isState(stateReady))
	if err := os.Remove(filepath.Join(dir, "ready")); err != nil {
		t.Fatal(err)
	}
	crash(t, dir, syscall.SIGSEGV)
	r, _ := node(t, other, markNode, isState(stateCrashed))
	if r.Container != "app" || r.Signal != "SIGSEGV" || r.Reason == "" {
		t.Errorf("the mark of the crashed app says %+v", r)
	}
	node(t, other, markNode, func(r record, _ *zk.Stat) bool { return r.Restarts == 1 })
	gone(t, other, liveNode)
	write(t, dir, "ready", "")
	node(t, other, liveNode, func(r record, _ *zk.Stat) bool { return r.State == stateReady && r.ExitCode == nil })
	gone(t, other, markNode)
}

func TestNileComesAndGoes(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir := t.TempDir()
	sidecar := startZK(t, dir, s)
	sidecar.says("no such socket")
	write(t, dir, "ready", "")
	for range 2 {
		pod := start(t, dir, nil, "nile", "--", "sleep", "600")
		node(t, other, liveNode, isState(stateReady))
		pod.end()
		gone(t, other, liveNode)
	}
	if code := sidecar.end(); code != 0 {
		t.Errorf("nile-zk ended with %d", code)
	}
}

func TestSequentialNames(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, false)
	first := startZK(t, dir, s, "--sequential", "--session-timeout", "60s")
	path := "/services/shop/shop-0-0000000000"
	_, before := node(t, other, path, isState(stateReady))
	// A nile-zk that was killed leaves a node that lasts for a minute.
	first.kill()
	startZK(t, dir, s, "--sequential", "--session-timeout", "60s")
	node(t, other, "/services/shop/shop-0-0000000001", func(_ record, stat *zk.Stat) bool {
		return stat.EphemeralOwner != before.EphemeralOwner
	})
	if live := children(t, other, "/services/shop"); len(live) != 1 {
		t.Errorf("one instance has the nodes %q", live)
	}
}

func TestChrootAndSeveralServers(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, false)
	for range 4 { // they are tried in random order
		servers := testkit.FreeAddress(t) + "," + s.address + "/a/chroot"
		sidecar := startZK(t, dir, s, "--servers", servers)
		node(t, other, "/a/chroot"+liveNode, isState(stateReady))
		sidecar.end()
	}
	if found := children(t, other, "/services"); len(found) != 0 {
		t.Errorf("outside of the chroot there are %q", found)
	}
}
