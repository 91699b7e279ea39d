//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// client is an HTTP client whose connections are made in the network namespace of a process; with pid 0 in the test's own.
func client(pid int) *http.Client {
	transport := &http.Transport{DisableKeepAlives: true}
	if pid != 0 {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialIn(ctx, pid, network, address)
		}
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: transport}
}

// dialIn connects from inside the network namespace of a process: a socket belongs to the namespace of the thread that
// made it, whoever uses it later.
func dialIn(ctx context.Context, pid int, network, address string) (net.Conn, error) {
	type outcome struct {
		connection net.Conn
		err        error
	}
	done := make(chan outcome, 1)
	go func() {
		// Never unlocked: the thread ends with this goroutine, and no other one gets into the namespace.
		runtime.LockOSThread()
		if err := enterNetwork(pid); err != nil {
			done <- outcome{err: err}
			return
		}
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		done <- outcome{connection, err}
	}()
	o := <-done
	return o.connection, o.err
}

func enterNetwork(pid int) error {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open the network namespace of process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("cannot enter the network namespace of process %d: %w", pid, err)
	}
	return nil
}

// get fetches a page; a connection that fails is status 0 with the reason as the page.
func get(t *testing.T, c *http.Client, url string) (status int, page string) {
	t.Helper()
	response, err := c.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(body)
}

// needPorts fails the test if something already listens on one of these ports of the loopback device.
func needPorts(t *testing.T, ports ...string) {
	t.Helper()
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			t.Fatalf("the manifest needs port %s: %v", port, err)
		}
		listener.Close()
	}
}
