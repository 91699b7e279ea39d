package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
)

// startWithSocket starts nile with a control socket of its own, and waits for it.
func startWithSocket(t *testing.T, args ...string) (cmd *exec.Cmd, socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "control.sock")
	cmd = exec.Command(filepath.Join(bin, "nile"), append([]string{"--control=" + socket, "--log-level=off"}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // its child would outlive SIGKILL
		_ = cmd.Wait()
	})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if c, err := client.Dial(context.Background(), client.Options{Path: socket}); err == nil {
			c.Close()
			return cmd, socket
		}
	}
	t.Fatal("nile does not answer")
	return nil, ""
}

// Whatever clients do, the pod goes on: here some never read what they have asked for,
// some send garbage or far too much, and many come at once.
func TestHostileClientsDelayNothing(t *testing.T) {
	cmd, socket := startWithSocket(t, "--", "sh", "-c", "trap '' HUP; exec sleep 600")
	connect := func(text string) net.Conn {
		conn, err := net.Dial("unix", socket)
		for errors.Is(err, syscall.EAGAIN) { // the queue of those who wait to be let in is full
			time.Sleep(time.Millisecond)
			conn, err = net.Dial("unix", socket)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = conn.Write([]byte(text))
		return conn
	}
	for range 20 {
		connect(`{"version":1,"id":1,"verb":"events","arguments":{"follow":true}}` + "\n")
	}
	for range 20 {
		connect("half a mess")
	}
	for range 1000 {
		_ = connect("garbage\n").Close()
	}
	endless := connect("")
	_, err := endless.Write([]byte(strings.Repeat("x", 10<<20)))
	if err == nil {
		t.Error("10 MiB without an end were read")
	}
	// Each signal is an event for those who never read.
	for range 2000 {
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	nile, err := client.Dial(context.Background(), client.Options{Path: socket})
	if err != nil {
		t.Fatal(err)
	}
	defer nile.Close()
	if _, err := nile.Status(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Errorf("nile ended with %v, want the code of SIGTERM", err)
	}
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is there after the end")
	}
}

func TestEveryVerbOfTheSocketIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", "control.md"))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for line := range strings.Lines(string(page)) {
		if title, ok := strings.CutPrefix(line, "### "); ok {
			titles = append(titles, strings.Split(strings.TrimSpace(title), ", ")...)
		}
	}
	server := control.New(control.Options{})
	(&service{podRun: podRun{spec: wrapSpec([]string{"true"})}}).verbs(server)
	verbs := server.Verbs()
	slices.Sort(titles)
	if !slices.Equal(verbs, titles) {
		t.Errorf("the verbs are %q, and control.md has %q", verbs, titles)
	}
}
