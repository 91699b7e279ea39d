package main

import (
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// nile runs a verb against a nile in the background.
func (r *running) nile(args ...string) string {
	r.t.Helper()
	verb := exec.Command(filepath.Join(bin, "nile"), args...)
	verb.Env = r.cmd.Env
	out, err := verb.CombinedOutput()
	if err != nil {
		r.t.Errorf("nile %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// kubelet probes a URL as the kubelet does, until it has failed so often in a row that
// the kubelet would restart the container.
func kubelet(t *testing.T, url string) (killed func() bool) {
	var failures atomic.Bool
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for row := 0; ; {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if status, _ := getPage(url); status == http.StatusOK {
				row = 0
			} else if row++; row == 30 {
				failures.Store(true)
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
	return failures.Load
}

// TestAnswersForWhatIsHeld: an application on its port crashes, nile answers on that port
// meanwhile, and a retry gets the port back at once, twice.
func TestAnswersForWhatIsHeld(t *testing.T) {
	address := testkit.FreeAddress(t)
	url := "http://" + address
	_, port, _ := net.SplitHostPort(address)
	t.Setenv("NILE_HOLD_ANSWERS", port+"/healthz,"+port+"/readyz")
	r := background(t, ordinaryUser(), "--hold", "--", filepath.Join(bin, "testprogram"), "serve", port)
	r.waitPage(url+"/healthz", 200, "the application")
	killed := kubelet(t, url+"/healthz")
	for range 2 {
		_, _ = getPage(url + "/exit/3")
		r.waitPage(url+"/healthz", 200, "held since 20")
		r.waitPage(url+"/readyz", 200, "held since 20")
		r.waitPage(url+"/other", 503, "cause: testprogram exited with code 3")
		silent, err := net.Dial("tcp", address) // a tcpSocket probe, and one that never goes
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		r.nile("retry")
		r.waitPage(url+"/healthz", 200, "the application")
	}
	if killed() {
		t.Errorf("the kubelet would have restarted the container; nile said\n%s", r.said)
	}
	if strings.Contains(r.said.String(), "cannot answer") {
		t.Errorf("nile said\n%s", r.said)
	}
	_, _ = getPage(url + "/exit/4")
	r.waitPage(url+"/healthz", 200, "held since 20")
	r.signal(syscall.SIGTERM)
	r.ends(4)
}

// What somebody else has is tried again, and nothing is answered where nothing is held.
func TestAnswersWhenThePortIsFree(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	r := background(t, 0, "--hold", "--hold-answers="+port+"/healthz", "--log-level=info", "--", "sh", "-c", "sleep 0.3; exit 5")
	r.said.waitFor(t, `"container running"`, 1)
	if n := listening(t, r.cmd.Process.Pid); n > 0 {
		t.Errorf("nile listens on %d sockets while nothing is held", n)
	}
	r.said.waitFor(t, "cannot answer for what is held: cannot listen on :"+port+": address already in use", 1)
	listener.Close()
	r.waitPage("http://"+address+"/healthz", 200, "cause: sh exited with code 5")
	r.signal(syscall.SIGTERM)
	r.ends(5)
	for _, bad := range []string{"0/healthz", "healthz", "8080:/x", "70000"} {
		r := background(t, 0, "--hold-answers="+bad, "--", "true")
		r.ends(125)
		r.said.waitFor(t, "write PORT/PATH, such as 8080/healthz", 1)
	}
}

// What can't be executed at all is held before nile has set anything else up. Secrets do
// not go out to the network.
func TestAnswersForWhatNeverRan(t *testing.T) {
	address := testkit.FreeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	t.Setenv("API_TOKEN", "very-secret-value")
	r := background(t, 0, "--hold", "--hold-answers="+port+"/healthz", "--", "/no/such/very-secret-value")
	r.waitPage("http://"+address+"/healthz", 200, `cannot start "/no/such/***": no such file`)
	r.signal(syscall.SIGTERM)
	r.ends(127)
}
