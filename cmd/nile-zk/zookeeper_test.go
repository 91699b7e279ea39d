package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/nile-init/nile/internal/testkit"
)

// serverJar is where Debian's package zookeeper has the server; its manifest names the
// other jars.
const serverJar = "/usr/share/java/zookeeper.jar"

// server is a ZooKeeper server of Debian's package, in a directory of its own.
type server struct {
	t       *testing.T
	address string
	config  string
	data    string
	process *exec.Cmd
}

// startServer starts a server on a free port of the loopback, which ends with the test.
func startServer(t *testing.T) *server {
	t.Helper()
	if _, err := os.Stat(serverJar); err != nil {
		t.Skip("needs a ZooKeeper server: apt-get install zookeeper")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("needs java for the ZooKeeper server: apt-get install default-jre-headless")
	}
	dir := t.TempDir()
	s := &server{t: t, address: testkit.FreeAddress(t), config: filepath.Join(dir, "zoo.cfg"), data: filepath.Join(dir, "data")}
	host, number, _ := net.SplitHostPort(s.address)
	// A session may last from 0.4 to 60 seconds.
	config := fmt.Sprintf("tickTime=200\nmaxSessionTimeout=60000\ndataDir=%s\nclientPort=%s\nclientPortAddress=%s\nadmin.enableServer=false\n4lw.commands.whitelist=srvr\n", s.data, number, host)
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start starts the server and waits until it serves.
func (s *server) start() {
	s.t.Helper()
	s.process = exec.Command("java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-cp", serverJar, "org.apache.zookeeper.server.ZooKeeperServerMain", s.config)
	s.process.Dir = filepath.Dir(s.config)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the ZooKeeper server answers", func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		_, _ = conn.Write([]byte("srvr"))
		answer, _ := io.ReadAll(conn)
		return strings.HasPrefix(string(answer), "Zookeeper version")
	})
}

// kill ends the server without warning.
func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// hang stops all threads of the server.
func (s *server) hang() {
	s.t.Helper()
	pid := s.process.Process.Pid
	if err := s.process.Process.Signal(syscall.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the server is stopped", func() bool {
		stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		for _, stat := range stats {
			if text, err := os.ReadFile(stat); err == nil && !strings.Contains(string(text), ") T ") {
				return false
			}
		}
		return len(stats) > 0
	})
}

// forget takes all that the server has stored, sessions included.
func (s *server) forget() {
	s.t.Helper()
	if err := os.RemoveAll(s.data); err != nil {
		s.t.Fatal(err)
	}
}

// client is somebody else who uses the server.
func (s *server) client(credentials ...string) *zk.Conn {
	s.t.Helper()
	conn, _, err := zk.Connect([]string{s.address}, 20*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(conn.Close)
	for _, secret := range credentials {
		eventually(s.t, "the server takes credentials", func() bool {
			return conn.AddAuth("digest", []byte(secret)) == nil
		})
	}
	return conn
}

// eventually waits for what is to come.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for 30 s until %s", what)
		}
	}
}

// children are the names below a path; none where it is not there.
func children(t *testing.T, conn *zk.Conn, path string) []string {
	t.Helper()
	names, _, err := conn.Children(path)
	if err != nil && !errors.Is(err, zk.ErrNoNode) && !isLost(err) {
		t.Fatal(err)
	}
	return names
}

func isLost(err error) bool { return ifRefused(err) == nil }

// node waits for a node that fits, and returns its data and owner.
func node(t *testing.T, conn *zk.Conn, path string, fits func(record, *zk.Stat) bool) (record, *zk.Stat) {
	t.Helper()
	var r record
	var stat *zk.Stat
	eventually(t, "there is a fitting node at "+path, func() bool {
		data, found, err := conn.Get(path)
		if err != nil {
			return false
		}
		r, stat = record{}, found
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("%s has %q: %v", path, data, err)
		}
		return fits(r, stat)
	})
	return r, stat
}

// isState fits nodes with a state.
func isState(state string) func(record, *zk.Stat) bool {
	return func(r record, _ *zk.Stat) bool { return r.State == state }
}

// gone waits until a node is not there.
func gone(t *testing.T, conn *zk.Conn, path string) {
	t.Helper()
	eventually(t, path+" is gone", func() bool {
		exists, _, err := conn.Exists(path)
		return err == nil && !exists
	})
}
