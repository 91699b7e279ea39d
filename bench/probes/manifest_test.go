package main

import (
	"net"
	"testing"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/internal/manifest"
)

func TestManifestIsOneThatNileTakes(t *testing.T) {
	servers, err := newServer(3)
	if err != nil {
		t.Fatal(err)
	}
	defer servers.close()
	pod, err := manifest.Load("pod.yaml", []byte(manifestOf(servers)), manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range pod.Spec.Main {
		if c.Liveness == nil || c.Liveness.Handler.TCPSocket == nil || c.Liveness.Handler.TCPSocket.Port != servers.port(i) || c.Liveness.Period != period {
			t.Errorf("container %d: liveness probe %+v", i, c.Liveness)
		}
		if c.Readiness == nil || c.Readiness.Handler.HTTPGet == nil || c.Readiness.Handler.HTTPGet.Port != servers.port(i) || c.Readiness.Period != period {
			t.Errorf("container %d: readiness probe %+v", i, c.Readiness)
		}
	}
	if len(pod.Spec.Main) != 3 {
		t.Errorf("%d containers, want 3", len(pod.Spec.Main))
	}
}

func manifestOf(servers *server) string {
	return podOf("/child", "/dev/shm/cells", servers, len(servers.listeners))
}

func TestServerTellsTheProbesApart(t *testing.T) {
	servers, err := newServer(2)
	if err != nil {
		t.Fatal(err)
	}
	defer servers.close()
	for _, request := range []string{"", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"} {
		c, err := net.Dial("tcp", servers.listeners[1].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if request != "" {
			var said [64]byte
			_, _ = c.Write([]byte(request))
			if n, err := c.Read(said[:]); err != nil || string(said[:15]) != "HTTP/1.1 200 OK" {
				t.Errorf("answer %q, %v", said[:n], err)
			}
		}
		c.Close()
	}
	if !board.Await(func() bool { return servers.probed() == 2 }, time.Millisecond, 10*time.Second) {
		t.Fatalf("%d probes were seen, want 2", servers.probed())
	}
	taken := servers.taken()
	if len(taken[tcpSocket][1]) != 1 || len(taken[httpGet][1]) != 1 || len(taken[tcpSocket][0]) != 0 {
		t.Errorf("seen: %v", taken)
	}
	if servers.probed() != 0 {
		t.Error("what was taken is still there")
	}
}
