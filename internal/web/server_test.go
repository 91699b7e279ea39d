package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/http1"
)

// start serves an echo of the path and returns the address.
func start(t *testing.T, network, address string, vanish bool) string {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Skip("cannot listen here: ", err)
	}
	s := &Server{Vanish: vanish, Answer: func(r *http1.Request) Response {
		if r.Path == "/panic" {
			panic("as asked")
		}
		return Text(StatusOK, r.Path+"\n")
	}, Panicked: func(any) {}}
	s.Start(listener)
	t.Cleanup(s.Close)
	return listener.Addr().String()
}

// say sends text on a connection of its own and returns the whole answer.
func say(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, text)
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func TestRequests(t *testing.T) {
	address := start(t, "tcp", "127.0.0.1:0", false)
	for name, c := range map[string]struct{ request, status, body string }{
		"get":              {"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", "/a\n"},
		"an old client":    {"GET /a HTTP/1.0\r\n\r\n", "200 OK", "/a\n"},
		"head":             {"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", ""},
		"a body":           {"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "200 OK", "/a\n"},
		"two at once":      {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", "/a\n"},
		"post":             {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "405 Method Not Allowed", "only GET and HEAD are answered\n"},
		"another protocol": {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "400 Bad Request", "this is no HTTP/1.1 request\n"},
		"bytes":            {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400 Bad Request", "this is no HTTP/1.1 request\n"},
		"HTTP/2":           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported", "only HTTP/1.1 is spoken here\n"},
		"a long header":    {"GET /a HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", maxHeader) + "\r\n\r\n", "431 Request Header Fields Too Large", "the header is over 16 KiB\n"},
		"a panic":          {"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n", "500 Internal Server Error", "internal error\n"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := say(t, address, c.request)
			head, body, _ := strings.Cut(answer, "\r\n\r\n")
			if !strings.HasPrefix(head, "HTTP/1.1 "+c.status+"\r\n") || body != c.body {
				t.Errorf("the answer is %q", answer)
			}
			request, _ := http.ReadRequest(bufio.NewReader(strings.NewReader(c.request)))
			response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), request)
			if err != nil || !response.Close || response.Header.Get("Content-Type") == "" {
				t.Errorf("net/http reads %+v, error %v", response, err)
			}
		})
	}
}

func TestIPv6AndAllAddresses(t *testing.T) {
	address := start(t, "tcp", "[::1]:0", false)
	if got := say(t, address, "GET /six HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "/six\n") {
		t.Errorf("over IPv6 the answer is %q", got)
	}
	_, port, _ := net.SplitHostPort(start(t, "tcp", ":0", false))
	for _, host := range []string{"127.0.0.1", "::1"} {
		if got := say(t, net.JoinHostPort(host, port), "GET /all HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "/all\n") {
			t.Errorf("at %s the answer is %q", host, got)
		}
	}
}

// TestThousandSilentConnections: those who open connections and say nothing, or half of
// it, keep nobody out, and cost a bounded number of descriptors.
func TestThousandSilentConnections(t *testing.T) {
	address := start(t, "tcp", "127.0.0.1:0", false)
	before := descriptors(t)
	for i := range 1000 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "GET /metrics HTTP/1.1\r\nX-Half: ")
		}
		if i%100 == 99 {
			if got := say(t, address, "GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "/ready\n") {
				t.Fatalf("with %d connections the answer is %q", i+1, got)
			}
		}
	}
	if now := descriptors(t) - before - 1000; now > MaxConnections+8 {
		t.Errorf("the server holds %d descriptors", now)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}

// A client that never stops is left, and told why where it listens.
func TestTenMegabytesOfHeader(t *testing.T) {
	address := start(t, "tcp", "127.0.0.1:0", false)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\n")
	line := append([]byte("X-More: "), bytes.Repeat([]byte("y"), 1000)...)
	line = append(line, "\r\n"...)
	sent := 0
	for range 10 << 10 {
		n, err := conn.Write(line)
		sent += n
		if err != nil {
			break
		}
	}
	if sent >= 10<<20 {
		t.Errorf("all %d bytes were taken", sent)
	}
	if got := say(t, address, "GET /still HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasSuffix(got, "/still\n") {
		t.Errorf("afterwards the answer is %q", got)
	}
}

// TestPortIsFreeAtOnce: with Vanish neither a connection that is open nor one that has
// been answered keeps another program from the port, even one without SO_REUSEADDR.
func TestPortIsFreeAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Vanish: true, Answer: func(*http1.Request) Response { return Text(StatusOK, "ok\n") }}
	s.Start(listener)
	address := listener.Addr().String()
	for range 20 {
		answer, err := http.Get("http://" + address + "/")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		silent, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.Close()
	if err := bindStrictly(listener.Addr().(*net.TCPAddr).Port); err != nil {
		table, _ := os.ReadFile("/proc/net/tcp")
		t.Errorf("the port cannot be bound: %v\n%s", err, table)
	}
}

func TestWhyItCannotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = Listen(taken.Addr().String())
	if want := fmt.Sprintf("cannot listen on %s: address already in use: another program has the port: choose another one", taken.Addr()); err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	if _, err = Listen("192.0.2.1:9"); err == nil || !strings.Contains(err.Error(), "no such address") {
		t.Errorf("the error is %v", err)
	}
}
