package web

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/internal/http1"
)

// clients is a listener whose clients are in the test.
type clients chan net.Conn

func (c clients) Accept() (net.Conn, error) {
	if conn, ok := <-c; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (c clients) Close() error   { close(c); return nil }
func (c clients) Addr() net.Addr { return &net.TCPAddr{} }

func (c clients) connect() net.Conn {
	client, server := net.Pipe()
	c <- server
	return client
}

// serveClients starts a server; answer is what it does for a request.
func serveClients(t *testing.T, answer func()) clients {
	t.Helper()
	listener := make(clients)
	s := &Server{Answer: func(*http1.Request) Response { answer(); return Text(StatusOK, "here\n") }, Panicked: func(any) {}}
	s.Start(listener)
	t.Cleanup(s.Close)
	return listener
}

// closedAfter is how long a connection lasts; what comes on it is thrown away.
func closedAfter(conn net.Conn) time.Duration {
	start := time.Now()
	_, _ = io.Copy(io.Discard, conn)
	return time.Since(start)
}

// One byte a second keeps no connection (slowloris): the header has to come in time.
func TestAHeaderThatDripsIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serveClients(t, func() {}).connect()
		defer conn.Close()
		given := make(chan struct{})
		go func() {
			defer close(given)
			for {
				if _, err := io.WriteString(conn, "G"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		if lasted := closedAfter(conn); lasted > requestTime+closeTime {
			t.Errorf("it lasts %v", lasted)
		}
		<-given
	})
}

func TestAnAnswerThatNobodyTakesIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serveClients(t, func() {}).connect()
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(answerTime + time.Millisecond)
		synctest.Wait()
		if _, err := conn.Write([]byte{'x'}); err == nil {
			t.Error("it is waited for")
		}
	})
}

// However many come, no more than so many are served; the oldest that says nothing goes,
// and one that is being answered does not.
func TestNoMoreThanSoManyAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		listener := serveClients(t, func() { <-release })
		silent := make([]net.Conn, MaxConnections)
		for i := range silent {
			silent[i] = listener.connect()
			defer silent[i].Close()
		}
		for i := range silent { // each takes the place of a silent one
			conn := listener.connect()
			defer conn.Close()
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatalf("no room for number %d: %v", i, err)
			}
			synctest.Wait()
			if lasted := closedAfter(silent[i]); lasted != 0 {
				t.Errorf("silent connection %d lasts %v", i, lasted)
			}
		}
		one := listener.connect()
		defer one.Close()
		if lasted := closedAfter(one); lasted != 0 {
			t.Errorf("one too many lasts %v", lasted)
		}
		close(release)
	})
}
