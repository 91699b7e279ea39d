package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
)

func dial(t *testing.T, path string) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), client.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestThePeerIsTheNile(t *testing.T) {
	c := dial(t, socket)
	status, err := c.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	peer := c.Peer()
	if peer.PID != status.Nile.PID || peer.UID != os.Getuid() || peer.GID != os.Getgid() || peer.Path != socket {
		t.Errorf("the peer is %+v, and nile process %d", peer, status.Nile.PID)
	}
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	if len(peer.Groups) != len(groups) {
		t.Errorf("the peer's groups are %v, and these are %v", peer.Groups, groups)
	}
	process, err := c.Process(context.Background(), "")
	if err != nil || process.Name != "sleep" || process.PID != status.Nile.Containers[0].PID || strings.Join(process.Argv, " ") != "sleep 600" {
		t.Errorf("the process is %+v, error %v", process, err)
	}
}

func TestTheVariableNamesTheSocket(t *testing.T) {
	t.Setenv(client.Variable, socket)
	c, err := client.Dial(context.Background(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Peer().Path != socket {
		t.Errorf("the socket is %s", c.Peer().Path)
	}
	t.Setenv(client.Variable, client.Off)
	var missing *client.NotFoundError
	if _, err := client.Dial(context.Background(), client.Options{}); !errors.As(err, &missing) {
		t.Errorf("with a socket that is turned off the error is %v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	dir := t.TempDir()
	file, stale := filepath.Join(dir, "file"), filepath.Join(dir, "stale.sock")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	for path, reason := range map[string]string{
		filepath.Join(dir, "none.sock"): "no such socket", stale: "has ended", file: "has ended", "@nile-no-such-name": "has ended",
	} {
		_, err := client.Dial(context.Background(), client.Options{Path: path})
		var missing *client.NotFoundError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", path, err, reason)
		}
	}
}

// TestANileThatIsStartingIsWaitedFor is a child that asks its nile at once: nile starts the
// child first and opens its socket then.
func TestANileThatIsStartingIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	opened := make(chan net.Listener, 1)
	time.AfterFunc(50*time.Millisecond, func() {
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Error(err)
		}
		opened <- listener
	})
	c, err := client.Dial(context.Background(), client.Options{Path: path})
	if listener := <-opened; listener != nil {
		defer listener.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestACallEndsWithItsContext(t *testing.T) {
	c := dial(t, socket)
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	err := c.Stream(ctx, "events", map[string]any{"follow": true}, func(json.RawMessage) error {
		if seen++; seen == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Status(context.Background()); err == nil {
		t.Error("a connection that was given up answers")
	}
	enough := errors.New("enough")
	err = dial(t, socket).Stream(context.Background(), "events", map[string]any{"follow": true}, func(json.RawMessage) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = dial(t, socket).Call(ctx, "wait", map[string]any{"for": "exited"}, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// strange is a server that answers every request with the same bytes.
func strange(t *testing.T, answer string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strange.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	}()
	return path
}

// A nile that ends between two requests is no different from one that ends within one.
func TestNileEndsBetweenRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ending.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed := make(chan struct{})
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_ = conn.Close()
		}
		close(closed)
	}()
	c := dial(t, path)
	<-closed
	if err := c.Call(context.Background(), "status", nil, nil); !errors.Is(err, client.ErrEnded) {
		t.Errorf("error %v, want %v", err, client.ErrEnded)
	}
}

func TestStrangeAnswersAreErrors(t *testing.T) {
	for _, answer := range []string{"", "garbage\n", "{}\n", `{"id":2,"result":1}` + "\n", `{"id":1,"result":1}`, strings.Repeat("x", client.MaxAnswer+1)} {
		var result string
		if err := dial(t, strange(t, answer)).Call(context.Background(), "status", nil, &result); err == nil {
			t.Errorf("%.30q is taken for an answer", answer)
		}
	}
	for _, answer := range []string{`{"id":1,"result":7}` + "\n"} {
		var result string
		if err := dial(t, strange(t, answer)).Call(context.Background(), "status", nil, &result); err == nil || !strings.Contains(err.Error(), "cannot read") {
			t.Errorf("a number is taken for a string: %v", err)
		}
	}
}

// A nile that ends closes connections whose requests it has not read, and the kernel
// resets those.
func TestTheEndOfNileIsToldAsThat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ending.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			accepted <- conn
		}
	}()
	c := dial(t, path)
	conn := <-accepted
	result := make(chan error, 1)
	go func() { result <- c.Call(context.Background(), "status", nil, nil) }()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	waiting := 0
	for waiting == 0 { // until the request is there, unread
		_ = raw.Control(func(fd uintptr) { waiting, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
		time.Sleep(time.Millisecond)
	}
	conn.Close()
	if err := <-result; !errors.Is(err, client.ErrEnded) {
		t.Errorf("error %v", err)
	}
	if err := c.Call(context.Background(), "status", nil, nil); !errors.Is(err, client.ErrEnded) {
		t.Errorf("the next call gives the error %v", err)
	}
}
