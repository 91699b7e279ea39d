// Package testkit has what tests of several packages need around the programs that they
// run. Nothing but tests imports it.
package testkit

import (
	"bytes"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Buffer keeps what is written to it, and may be read meanwhile, as while a program that it
// is the output of runs. The zero value is empty; it must not be copied.
type Buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the buffer. It never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is all that has been written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// FreePort is a TCP port of the loopback device that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// FreeAddress is 127.0.0.1 with such a port.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(FreePort(t)))
}
