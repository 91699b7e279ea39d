package hooks

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// rawServer answers each connection with what serve writes, byte for byte. The
// connection is closed when serve returns, and at the end of the test.
func rawServer(t testing.TB, serve func(c net.Conn)) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				stop := context.AfterFunc(ended, func() { c.Close() })
				serve(c)
				c.Close()
				stop()
			})
		}
	})
	t.Cleanup(func() {
		end()
		listener.Close()
		running.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// silent reads, and says nothing.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// answering reads a request's header and writes text.
func answering(text string) func(net.Conn) {
	return func(c net.Conn) {
		readHeader(c)
		_, _ = io.WriteString(c, text)
	}
}

// answeringAndStaying is a server that ignores Connection: close.
func answeringAndStaying(text string) func(net.Conn) {
	return func(c net.Conn) {
		answering(text)(c)
		silent(c)
	}
}

// endless writes a piece again and again until the other end has had enough.
func endless(head, piece string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		readHeader(c)
		_, err := io.WriteString(c, head)
		for err == nil {
			_, err = io.WriteString(c, piece)
			time.Sleep(pause)
		}
	}
}

// readHeader returns the lines of a request's header.
func readHeader(c net.Conn) []string {
	var lines []string
	for scanner := bufio.NewScanner(c); scanner.Scan() && scanner.Text() != ""; {
		lines = append(lines, scanner.Text())
	}
	return lines
}

// recorder is a server that remembers what it was asked.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
}

func record(t testing.TB, configure func(*httptest.Server), handle http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		r.seen = append(r.seen, request)
		r.mu.Unlock()
		handle(w, request)
	}))
	r.Config.ErrorLog = quiet
	configure(r.Server)
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) port() int { return portOfURL(r.URL) }

func (r *recorder) requests() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("fine\n")) }

func within(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// patient is a deadline that a test never reaches unless it fails.
const patient = 30 * time.Second

func expect(t testing.TB, got Outcome, result Result, message string) {
	t.Helper()
	if got.Result != result || !strings.Contains(got.Message, message) {
		t.Errorf("got %v %q, want %v and %q", got.Result, got.Message, result, message)
	}
}
