package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

// TestRetryWithADebugger retries held programs of real runtimes with --debug, and speaks
// with what listens then.
func TestRetryWithADebugger(t *testing.T) {
	for _, test := range []struct {
		name, file, program string
		command             []string
		speaks              func(*testing.T, string)
	}{
		{"java", "Moody.java", `public class Moody { public static void main(String[] a) throws Exception {
  if (!new java.io.File("mended").exists()) System.exit(3);
  Thread.sleep(60000); } }`, []string{"java", "-Xmx64m", "Moody.java"}, speaksJDWP},
		{"node", "moody.js", `if (!require("fs").existsSync("mended")) process.exit(3); setTimeout(() => {}, 60000)`,
			[]string{"node", "moody.js"}, speaksInspector},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.command[0]); err != nil {
				t.Skipf("this machine has no %s", test.command[0])
			}
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, test.file), []byte(test.program), 0o644))
			env := append(os.Environ(), "NILE_CONTROL="+filepath.Join(dir, "control.sock"), "NILE_STATE_DIR="+filepath.Join(dir, "state"))
			nile := func(args ...string) *exec.Cmd {
				cmd := exec.Command(filepath.Join(bin, "nile"), args...)
				cmd.Dir, cmd.Env = dir, env
				return cmd
			}
			var log bytes.Buffer
			pod := nile(append([]string{"--hold", "--"}, test.command...)...)
			pod.Stdout, pod.Stderr = &log, &log
			must(t, pod.Start())
			defer func() {
				_ = pod.Process.Signal(syscall.SIGTERM)
				_ = pod.Wait()
				if t.Failed() {
					t.Log(log.String())
				}
			}()
			verbAnswers(t, nile, 30*time.Second, "wait", "--for=held", "--timeout=20s", test.command[0])
			must(t, os.WriteFile(filepath.Join(dir, "mended"), nil, 0o644))
			port := strconv.Itoa(testkit.FreePort(t))
			out := verbAnswers(t, nile, time.Minute, "retry", "--debug-port", port)
			if want := "127.0.0.1:" + port; !strings.Contains(out, want) {
				t.Errorf("the answer does not say %s: %s", want, out)
			}
			test.speaks(t, "127.0.0.1:"+port)
		})
	}
}

// verbAnswers runs a verb until it is done well; nile may not have opened its socket yet.
func verbAnswers(t *testing.T, nile func(...string) *exec.Cmd, limit time.Duration, args ...string) string {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		out, err := nile(args...).CombinedOutput()
		if err == nil {
			return string(out)
		}
		if time.Now().After(end) || !strings.Contains(string(out), "no nile answers") {
			t.Fatalf("nile %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// speaksJDWP shakes hands as a debugger for Java does (the JDWP specification,
// "Transports"): it says these 14 bytes, and gets the same back.
func speaksJDWP(t *testing.T, address string) {
	t.Helper()
	connection := dialUntil(t, address)
	defer connection.Close()
	must(t, connection.SetDeadline(time.Now().Add(30*time.Second)))
	const handshake = "JDWP-Handshake"
	_, err := io.WriteString(connection, handshake)
	must(t, err)
	got := make([]byte, len(handshake))
	if _, err := io.ReadFull(connection, got); err != nil || string(got) != handshake {
		t.Errorf("the JVM answers %q, %v", got, err)
	}
}

func speaksInspector(t *testing.T, address string) {
	t.Helper()
	dialUntil(t, address).Close()
	response, err := http.Get("http://" + address + "/json/version")
	must(t, err)
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if !strings.Contains(string(text), "node.js") {
		t.Errorf("the inspector answers %s", text)
	}
}

// dialUntil connects once somebody listens.
func dialUntil(t *testing.T, address string) net.Conn {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		connection, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return connection
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
