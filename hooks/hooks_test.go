package hooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

func TestTCPSocket(t *testing.T) {
	port := rawServer(t, func(c net.Conn) {
		if _, err := c.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "reset") {
			t.Errorf("the server read something, or an error other than the end: %v", err)
		}
	})
	for _, host := range []string{"", "127.0.0.1", "localhost", "::ffff:127.0.0.1", "127.9.9.9"} {
		expect(t, Probe(within(t, patient), &Handler{TCPSocket: &TCPSocket{Host: host, Port: port}}), boolResult(host != "127.9.9.9"), "")
	}
	free := testkit.FreePort(t)
	got := Probe(within(t, patient), &Handler{TCPSocket: &TCPSocket{Port: free}})
	expect(t, got, Failure, fmt.Sprintf("cannot connect to 127.0.0.1:%d: connection refused", free))
	for _, port := range []int{-1, 0, 65536, 1 << 40} {
		expect(t, Probe(within(t, patient), &Handler{TCPSocket: &TCPSocket{Port: port}}), Unknown, "invalid port number")
	}
}

func boolResult(success bool) Result {
	if success {
		return Success
	}
	return Failure
}

func TestIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 loopback here: ", err)
	}
	asked := make(chan string, 9)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Host
		ok(w, r)
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	port := portOfURL(server.URL)
	// What listens on the IPv6 loopback alone is found without naming it.
	for host, want := range map[string]string{"::1": "[::1]", "": "127.0.0.1", "localhost": "localhost", "::1%lo": "[::1]"} {
		expect(t, Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Host: host, Port: port}}), Success, "fine")
		if got := <-asked; got != fmt.Sprintf("%s:%d", want, port) {
			t.Errorf("host %q: asked for %q, want %q", host, got, want)
		}
		expect(t, Probe(within(t, patient), &Handler{TCPSocket: &TCPSocket{Host: host, Port: port}}), Success, "")
	}
}

func TestUnknownName(t *testing.T) {
	got := Probe(within(t, 5*time.Second), &Handler{TCPSocket: &TCPSocket{Host: "nobody.invalid", Port: 80}})
	expect(t, got, Failure, "cannot connect to nobody.invalid:80: ")
}

// A socket that meets itself is none that somebody listens on.
func TestConnectionToItself(t *testing.T) {
	for _, itself := range []bool{true, false} {
		port := testkit.FreePort(t)
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		there := &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
		if itself {
			if err := syscall.Bind(fd, there); err != nil {
				t.Fatal(err)
			}
		} else {
			there.Port = rawServer(t, func(net.Conn) {})
		}
		if err := syscall.Connect(fd, there); err != nil {
			t.Fatal(err)
		}
		s := &socket{os.NewFile(uintptr(fd), "tcp"), netip.MustParseAddrPort(hostPort("", there.Port))}
		if s.toItself() != itself {
			t.Errorf("%v is connected to %v: itself %v, want %v", s.LocalAddr(), s.RemoteAddr(), s.toItself(), itself)
		}
		s.Close()
	}
}

func TestHookOverHTTP(t *testing.T) {
	for _, status := range []int{200, 302, 404, 500} {
		server := record(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if err := Run(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: server.port(), Path: "/bye"}}); err != nil {
			t.Errorf("status %d: %v", status, err)
		}
		if got := server.requests()[0]; got.UserAgent() != "kube-lifecycle/1.35" || got.RequestURI != "/bye" {
			t.Errorf("%s asked for %s", got.UserAgent(), got.RequestURI)
		}
	}
	free := testkit.FreePort(t)
	err := Run(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: free}})
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), fmt.Sprintf("cannot get http://127.0.0.1:%d/: connection refused", free)) {
		t.Errorf("got %v", err)
	}
	cut := rawServer(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfi"))
	if err := Run(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: cut}}); err != nil {
		t.Errorf("a body cut short: %v", err)
	}
	mute := rawServer(t, silent)
	if err := Run(within(t, 100*time.Millisecond), &Handler{HTTPGet: &HTTPGet{Port: mute}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestHookOverHTTPSFallsBackToHTTP(t *testing.T) {
	plain := record(t, (*httptest.Server).Start, ok)
	get := &HTTPGet{Scheme: "HTTPS", Port: plain.port(), Headers: []Header{{"authorization", "Basic c2VjcmV0"}, {"X", "y"}}}
	if err := Run(within(t, patient), &Handler{HTTPGet: get}); err != nil {
		t.Fatal(err)
	}
	got := plain.requests()
	if len(got) != 1 || got[0].Header.Get("X") != "y" || got[0].Header.Get("Authorization") != "" {
		t.Errorf("got %v", got)
	}
	if len(get.Headers) != 2 || get.Scheme != "HTTPS" {
		t.Errorf("the handler has become %v", get)
	}
	secured := record(t, (*httptest.Server).StartTLS, ok)
	if err := Run(within(t, patient), &Handler{HTTPGet: &HTTPGet{Scheme: "HTTPS", Port: secured.port(), Headers: get.Headers}}); err != nil {
		t.Fatal(err)
	}
	if got := secured.requests()[0].Header.Get("Authorization"); got != "Basic c2VjcmV0" {
		t.Errorf("over TLS the authorization is %q", got)
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := Run(context.Background(), &Handler{Sleep: &Sleep{3 * time.Second}}); err != nil || time.Since(begun) != 3*time.Second {
			t.Errorf("slept %v, error %v", time.Since(begun), err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		begun = time.Now()
		err := Run(ctx, &Handler{Sleep: &Sleep{3 * time.Second}})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 2*time.Second ||
			!strings.HasPrefix(err.Error(), "container terminated before sleep hook finished") {
			t.Errorf("slept %v, error %v", time.Since(begun), err)
		}
		if err := Run(context.Background(), &Handler{Sleep: &Sleep{}}); err != nil {
			t.Error(err)
		}
	})
}

func TestInvalidHandlers(t *testing.T) {
	get, tcp, exec, sleep, rpc := &HTTPGet{Port: 1}, &TCPSocket{Port: 1}, &Exec{Argv: []string{"true"}}, &Sleep{}, &GRPC{Port: 1}
	for _, c := range []struct {
		handler    *Handler
		probe, run string // what the message says; empty: it is a valid handler
	}{
		{nil, "missing handler", "missing handler"},
		{&Handler{}, "missing handler", "missing handler"},
		{&Handler{HTTPGet: get, TCPSocket: tcp}, "2 handlers are named", "2 handlers are named"},
		{&Handler{HTTPGet: get, TCPSocket: tcp, Exec: exec, Sleep: sleep, GRPC: rpc}, "5 handlers are named", "5 handlers are named"},
		{&Handler{Exec: exec}, "run by the caller", "run by the caller"},
		{&Handler{Sleep: sleep}, "sleep cannot be a probe", ""},
		{&Handler{TCPSocket: tcp}, "", "tcpSocket cannot be a lifecycle hook"},
		{&Handler{GRPC: rpc}, "", "grpc cannot be a lifecycle hook"},
	} {
		if c.probe != "" {
			expect(t, Probe(within(t, patient), c.handler), Unknown, c.probe)
		}
		if err := Run(within(t, patient), c.handler); c.run != "" && (err == nil || !strings.Contains(err.Error(), c.run)) {
			t.Errorf("%+v: got %v, want %q", c.handler, err, c.run)
		}
	}
}

func TestJudgeExec(t *testing.T) {
	long := strings.Repeat("ü", maxMessage)
	for name, c := range map[string]struct {
		code     int
		output   string
		timedOut bool
		want     Outcome
	}{
		"success":                    {0, "fine\n", false, Outcome{Success, "fine"}},
		"silent success":             {0, "", false, Outcome{Success, ""}},
		"failure":                    {1, "no\n", false, Outcome{Failure, "command exited with code 1: no"}},
		"silent failure":             {137, "", false, Outcome{Failure, "command exited with code 137"}},
		"timeout":                    {137, "still at it", true, Outcome{Failure, "command timed out: still at it"}},
		"timeout that ended well":    {0, "", true, Outcome{Failure, "command timed out"}},
		"not started":                {-1, "cannot execute /x: no such file or directory", false, Outcome{Unknown, "cannot run the command: cannot execute /x: no such file or directory"}},
		"much output, its beginning": {0, long, false, Outcome{Success, long[:maxMessage]}},
		"output that is no text":     {0, "a\xffb", false, Outcome{Success, "a\uFFFDb"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := JudgeExec(c.code, []byte(c.output), c.timedOut); got != c.want {
				t.Errorf("got %v %.80q, want %v %.80q", got.Result, got.Message, c.want.Result, c.want.Message)
			}
		})
	}
}

func TestResultsHaveNames(t *testing.T) {
	got := fmt.Sprint(Unknown, Success, Warning, Failure, Result(9), Outcome{}.Result)
	if want := "Unknown Success Warning Failure Result(9) Unknown"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
