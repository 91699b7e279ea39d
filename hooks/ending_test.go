package hooks

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a server sees of the end of a probe's connection.
func TestServerSeesAnOrderlyEnd(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		limit  time.Duration
		want   error
	}{
		"an answer":  {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine", patient, nil},
		"a deadline": {"HTTP/1.1 200 OK\r\n", 50 * time.Millisecond, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan error, 1)
			port := rawServer(t, func(c2 net.Conn) {
				answering(c.answer)(c2)
				_, err := io.Copy(io.Discard, c2)
				seen <- err
			})
			Probe(within(t, c.limit), &Handler{HTTPGet: &HTTPGet{Port: port}})
			if err := <-seen; !errors.Is(err, c.want) {
				t.Errorf("the server saw %v, want %v", err, c.want)
			}
		})
	}
}

// A thousand probes a second would keep sixty thousand sockets in TIME_WAIT.
func TestNothingInTimeWaitIfTheServerClosesFirst(t *testing.T) {
	for _, finished := range []bool{true, false} {
		port := rawServer(t, func(net.Conn) {})
		c, err := connect(within(t, patient), "", port)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("got %v, want the end", err)
		}
		if finished {
			c.stream.(*socket).finish()
		}
		discard(c)
		if got := inTimeWait(t, port); got == finished {
			t.Errorf("finished %v: in TIME_WAIT %v", finished, got)
		}
	}
}

// inTimeWait looks for a port in /proc/net/tcp (proc_net_tcp(5): 06 is TIME_WAIT).
func inTimeWait(t *testing.T, port int) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 3 && f[3] == "06" && (strings.HasSuffix(f[1], suffix) || strings.HasSuffix(f[2], suffix)) {
			return true
		}
	}
	return false
}
