package hooks

import (
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// hostile are servers that a careless client would wait for, or fill its memory
// for, for ever.
var hostile = map[string]struct {
	serve   func(net.Conn)
	want    Result
	message string
}{
	"accepts and says nothing":       {silent, Failure, "timed out while waiting for the answer"},
	"a byte now and then":            {endless("", "H", 20*time.Millisecond), Failure, "timed out while waiting for the answer"},
	"a header line now and then":     {endless("HTTP/1.1 200 OK\r\n", "A: b\r\n", 20*time.Millisecond), Failure, "timed out while waiting for the answer"},
	"headers for ever":               {endless("HTTP/1.1 200 OK\r\n", "A: b\r\n", 0), Failure, "the answer's header is over 64 KiB"},
	"one header line for ever":       {endless("HTTP/1.1 200 OK\r\nA: ", strings.Repeat("b", 1024), 0), Failure, "the answer's header is over 64 KiB"},
	"a status line for ever":         {endless("HTTP/1.1 200 ", strings.Repeat("b", 1024), 0), Failure, "the answer's header is over 64 KiB"},
	"interim answers for ever":       {endless("", "HTTP/1.1 100 Continue\r\n\r\n", 0), Failure, "the answer's header is over 64 KiB"},
	"a body for ever":                {endless("HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxx", 0), Success, "xxxxxxxx"},
	"a chunk's length for ever":      {endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", 0), Unknown, "body is incomplete"},
	"a body now and then":            {endless("HTTP/1.1 200 OK\r\n\r\n", "x", 20*time.Millisecond), Unknown, "timed out while reading the body"},
	"redirects to itself":            {answering("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), Failure, "stopped after 10 redirects"},
	"redirects slowly":               {slowRedirect, Failure, "timed out while waiting for the answer"},
	"resets":                         {reset, Failure, "connection reset by peer"},
	"a short answer, and stays open": {answeringAndStaying("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"), Success, "fine"},
}

func slowRedirect(c net.Conn) {
	readHeader(c)
	time.Sleep(60 * time.Millisecond)
	_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")
}

func reset(c net.Conn) {
	readHeader(c)
	_ = c.(*net.TCPConn).SetLinger(0)
}

func TestHostileServers(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := patient
			if strings.HasPrefix(c.message, "timed out") {
				limit = 200 * time.Millisecond
			}
			got := Probe(within(t, limit), &Handler{HTTPGet: &HTTPGet{Port: rawServer(t, c.serve)}})
			expect(t, got, c.want, c.message)
			if len(got.Message) > maxMessage+100 {
				t.Errorf("a message of %d bytes", len(got.Message))
			}
		})
	}
}

// A gRPC call of the same servers ends too, and nothing of them is a success.
func TestHostileServersAndGRPC(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Probe(within(t, 200*time.Millisecond), &Handler{GRPC: &GRPC{Port: rawServer(t, c.serve)}})
			expect(t, got, Failure, "error: health rpc probe failed: ")
		})
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	servers := map[string]int{}
	for name, c := range hostile {
		servers[name] = rawServer(t, c.serve)
	}
	health := newHealthServer(map[string]servingStatus{"": serving})
	defer health.Close()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	var running sync.WaitGroup
	for range 5 {
		for _, port := range servers {
			for _, h := range []*Handler{
				{HTTPGet: &HTTPGet{Port: port}}, {HTTPGet: &HTTPGet{Port: port, Scheme: "HTTPS"}}, {GRPC: &GRPC{Port: port}},
				{TCPSocket: &TCPSocket{Port: port}}, {GRPC: &GRPC{Port: portOfURL(health.URL)}}, {TCPSocket: &TCPSocket{Port: 1}},
			} {
				ctx := within(t, 200*time.Millisecond)
				running.Go(func() { Probe(ctx, h) })
			}
		}
	}
	running.Wait()
	for end := time.Now().Add(patient); ; time.Sleep(10 * time.Millisecond) {
		// The servers' own goroutines and files go when they see the connections end.
		more, open := runtime.NumGoroutine()-goroutines, openFiles(t)-files
		if more <= 0 && open <= 0 {
			return
		}
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines and %d files more than before:\n%s", more, open, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// fullListener is a port whose queue of connections to accept is full: further
// ones have to wait.
func fullListener(t *testing.T) (port int, makeRoom func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil { // one, by Linux' way of counting
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port = name.(*syscall.SockaddrInet4).Port
	first, err := net.Dial("tcp4", hostPort("", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	return port, func() {
		if c, _, err := syscall.Accept(fd); err == nil {
			_ = syscall.Close(c)
		}
	}
}

func TestPortThatDoesNotAccept(t *testing.T) {
	port, makeRoom := fullListener(t)
	for name, h := range map[string]*Handler{
		"tcpSocket": {TCPSocket: &TCPSocket{Port: port}},
		"httpGet":   {HTTPGet: &HTTPGet{Port: port}},
		"grpc":      {GRPC: &GRPC{Port: port}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, Probe(within(t, 100*time.Millisecond), h), Failure, "timed out while connecting")
		})
	}
	// The kernel asks again after a second, and finds room.
	time.AfterFunc(100*time.Millisecond, makeRoom)
	expect(t, Probe(within(t, patient), &Handler{TCPSocket: &TCPSocket{Port: port}}), Success, "")
}
