package faults

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
)

// TestProbeTarget: a server that takes the connection and never answers, that answers one byte
// a second, and that resets every connection, is found out, and started again; nile waits
// for none of them.
func TestProbeTarget(t *testing.T) {
	for _, how := range []string{"silent", "slow", "reset"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			port := testkit.FreePort(t)
			p := start(t, always(fmt.Sprintf("ACTOR, serve, %s, '%d'", how, port))+fmt.Sprintf(
				"    livenessProbe: {httpGet: {host: 127.0.0.1, port: %d}, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2, terminationGracePeriodSeconds: 1}\n", port), options{})
			p.awaitWords("liveness probe")
			p.await("broken is started again", func() bool { return p.containers()["broken"].Restarts > 0 })
			p.holds("steady")
			p.end(143)
		})
	}
}

// TestNameServerHangs: the name of a probe's host is asked for, and no answer comes. The probe
// fails in its time, and nile looks after everything else meanwhile.
func TestNameServerHangs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to have port 53")
	}
	server, err := net.ListenPacket("udp", "127.99.99.53:53")
	if err != nil {
		t.Skipf("needs port 53 of an address of its own: %v", err)
	}
	defer server.Close()
	asked := make(chan bool, 1)
	go func() {
		for b := make([]byte, 512); ; {
			if _, _, err := server.ReadFrom(b); err != nil {
				return
			}
			select {
			case asked <- true:
			default:
			}
		}
	}()
	spec := always("ACTOR, sleep") +
		"    livenessProbe: {httpGet: {host: hangs.example, port: 80}, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2, terminationGracePeriodSeconds: 1}\n"
	p := start(t, spec, options{before: "echo nameserver 127.99.99.53 >DIR/resolv.conf\nmount --bind DIR/resolv.conf /etc/resolv.conf"})
	<-asked
	p.holds("steady")
	p.awaitWords("liveness probe")
	p.await("broken is started again", func() bool { return p.containers()["broken"].Restarts > 0 })
	p.end(143)
}

// TestControlSocketFlooded: hundreds of clients that connect and say nothing, half of a
// message, or garbage without an end. The pod lives, and a client with a question gets room.
func TestControlSocketFlooded(t *testing.T) {
	p := start(t, always("ACTOR, sleep"), options{})
	p.running("broken")
	stop := make(chan struct{})
	flooding := make(chan struct{})
	go func() {
		defer close(flooding)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			p.annoy(i)
		}
	}()
	for range 5 {
		p.holds("steady")
	}
	close(stop)
	<-flooding
	p.holds("broken")
	p.end(143)
}

// annoy is a client of the control socket that is of no use.
func (p *pod) annoy(i int) {
	connection, err := net.Dial("unix", filepath.Join(p.dir, "control.sock"))
	if err != nil {
		return
	}
	switch i % 4 {
	case 0: // says nothing, and stays until it is thrown out
		p.t.Cleanup(func() { _ = connection.Close() })
		return
	case 1:
		_, _ = connection.Write([]byte(`{"version":1,"id":1,"verb":"stat`))
	case 2:
		_, _ = connection.Write(make([]byte, 1<<16))
	case 3:
		_, _ = connection.Write([]byte("{\"version\":99,\"id\":\"x\"}\n[]\n"))
	}
	_ = connection.Close()
}
