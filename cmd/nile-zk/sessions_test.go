package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/go-zookeeper/zk"

	"github.com/nile-init/nile/internal/testkit"
)

func TestServerIsKilledAndStartedAgain(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, true)
	sidecar := startZK(t, dir, s, "--session-timeout", "2s", "--connect-timeout", "1s")
	_, before := node(t, other, liveNode, isState(stateReady))

	s.kill()
	sidecar.says("is lost")
	crash(t, dir, syscall.SIGKILL) // it is told when the server is back
	s.start()
	node(t, other, markNode, isState(stateHeld))
	gone(t, other, liveNode)
	verb(t, dir, "retry", "app")
	node(t, other, liveNode, isState(stateReady))

	// A server that has lost everything knows neither the session nor the directories, and
	// takes no client that has seen more than it knows.
	s.kill()
	s.forget()
	s.start()
	third := s.client()
	_, after := node(t, third, liveNode, isState(stateReady))
	if after.EphemeralOwner == before.EphemeralOwner {
		t.Errorf("a server that has forgotten everything knows session %#x", after.EphemeralOwner)
	}
	if code := sidecar.end(); code != 0 {
		t.Errorf("nile-zk ended with %d", code)
	}
	gone(t, third, liveNode)
}

func TestSessionExpires(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, true)
	sidecar := startZK(t, dir, s, "--session-timeout", "1s")
	_, before := node(t, other, liveNode, isState(stateReady))
	sidecar.signal(syscall.SIGSTOP)
	gone(t, other, liveNode)
	sidecar.signal(syscall.SIGCONT)
	_, after := node(t, other, liveNode, isState(stateReady))
	if after.EphemeralOwner == before.EphemeralOwner {
		t.Error("the session has not expired")
	}
	sidecar.says(fmt.Sprintf("session %#x has expired", before.EphemeralOwner))
}

// The nodes of a nile-zk that was killed stay for a minute, unless it is started again.
func TestNodeOfAFormerLife(t *testing.T) {
	s := startServer(t)
	other := s.client()
	dir, _ := startApp(t, true)
	startLife := func() *program { return startZK(t, dir, s, "--session-timeout", "60s") }
	first := startLife()
	_, before := node(t, other, liveNode, isState(stateReady))
	first.kill()

	second := startLife()
	_, after := node(t, other, liveNode, func(_ record, stat *zk.Stat) bool { return stat.EphemeralOwner != before.EphemeralOwner })
	if after.Czxid == before.Czxid {
		t.Error("the node is still the old one")
	}
	second.kill()
	crash(t, dir, syscall.SIGKILL)
	if exists, _, err := other.Exists(liveNode); !exists || err != nil {
		t.Fatalf("the node of the one that was killed is gone already (%v): this shows nothing", err)
	}
	startLife()
	node(t, other, markNode, isState(stateHeld))
	gone(t, other, liveNode)
}

func TestNodesOfOthersAreLeftAlone(t *testing.T) {
	s := startServer(t)
	other := s.client()
	for _, path := range []string{"/services", "/services/shop"} {
		if _, err := other.Create(path, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.Create(liveNode, []byte("another's"), zk.FlagEphemeral, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
	dir, _ := startApp(t, true)
	earlier := startZK(t, dir, s)
	earlier.says("it is there already")
	if data, _, err := other.Get(liveNode); err != nil || string(data) != "another's" {
		t.Fatalf("another's node has now %q, %v", data, err)
	}
	if err := other.Delete(liveNode, -1); err != nil {
		t.Fatal(err)
	}
	_, first := node(t, other, liveNode, isState(stateReady))

	// Two of one name: the later one wins, and the earlier one waits.
	later := startZK(t, dir, s)
	node(t, other, liveNode, func(_ record, stat *zk.Stat) bool { return stat.EphemeralOwner != first.EphemeralOwner })
	eventually(t, "the earlier one has said so twice", func() bool {
		return strings.Count(earlier.said.String(), "it is there already") == 2
	})
	later.end()
	node(t, other, liveNode, func(_ record, stat *zk.Stat) bool { return stat.EphemeralOwner == first.EphemeralOwner })
	// A node that somebody removes is made again.
	if err := other.Delete(liveNode, -1); err != nil {
		t.Fatal(err)
	}
	node(t, other, liveNode, isState(stateReady))
}

func TestEndsWithoutAServer(t *testing.T) {
	s := startServer(t)
	dir, _ := startApp(t, true)
	// One that does not run, and one that hangs.
	for _, stop := range []func(){s.kill, s.hang} {
		sidecar := startZK(t, dir, s, "--stop-timeout", "1s")
		sidecar.says("made " + liveNode)
		stop()
		if code := sidecar.end(); code != 0 {
			t.Errorf("nile-zk ended with %d", code)
		}
		if !strings.Contains(sidecar.said.String(), "cannot remove") {
			t.Error("it doesn't say that its node stays")
		}
		s.kill()
		s.start()
	}
	alone := startZK(t, t.TempDir(), s, "--servers", testkit.FreeAddress(t))
	alone.says("cannot connect to 127.0.0.1")
	if code := alone.end(); code != 0 {
		t.Errorf("without server and nile, nile-zk ended with %d", code)
	}
}
