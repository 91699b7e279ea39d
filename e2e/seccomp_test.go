//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestShippedSeccompProfile has Docker confine containers with the profile of deploy/seccomp: what an operator does in one
// works, the freezing of a crashed process among it, as root and as a user who gains nothing.
func TestShippedSeccompProfile(t *testing.T) {
	shows(t, "the shipped seccomp profile: start, exec, report, freeze and core, retry, release, restart under it")
	text, err := os.ReadFile(filepath.Join("..", "deploy", "seccomp", "nile.json"))
	if err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(t.TempDir(), "nile.json") // where dockerd's client reads it, whatever the test's directory
	if err := os.WriteFile(profile, text, 0o644); err != nil {
		t.Fatal(err)
	}
	security := []string{"--security-opt", "seccomp=" + profile}
	machineImage(t)
	for name, options := range map[string][]string{
		"root": machineOptions(append(security, "--tmpfs", "/run")...),
		"an ordinary user without capabilities, who gains none": confined(security...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			underTheProfile(t, options)
			heldUnderTheProfile(t, options)
			podUnderTheProfile(t, options)
		})
	}
}

// underTheProfile shows that the profile is in force, on nile and on what it starts: what it doesn't know is "Function not
// implemented", where Docker's own says "Operation not permitted".
func underTheProfile(t *testing.T, options []string) {
	t.Helper()
	got := runToEnd(t, machineImage(t), options, "--", "sh", "-c",
		`grep -H ^Seccomp: /proc/1/status /proc/self/status
python3 -c 'import ctypes, os; c = ctypes.CDLL(None, use_errno=True); print("clone3", c.syscall(435, 0, 0), os.strerror(ctypes.get_errno()))
ctypes.set_errno(0); print("nobody knows", c.syscall(900, 0), os.strerror(ctypes.get_errno()))'
unshare --user true; exit 7`)
	if got.code != 7 {
		t.Errorf("exit code %d, want 7; stderr:\n%s", got.code, got.stderr)
	}
	checkMatches(t, got.stdout, `/1/status:Seccomp:\t2`, `self/status:Seccomp:\t2`, `clone3 -1 Function not implemented`, `nobody knows -1 Function not implemented`)
	checkMatches(t, got.stderr, `unshare failed: Operation not permitted`)
}

// heldUnderTheProfile has a program crash, and looks at it as an operator does.
func heldUnderTheProfile(t *testing.T, options []string) {
	t.Helper()
	c := start(t, machineImage(t), options, "--hold", "--freeze", "--", "sh", "-c", "echo no database >&2; kill -SEGV $$")
	checkMatches(t, c.held(), `no database`, `SIGSEGV`)
	checkMatches(t, c.exec("nile", "inspect"), `frozen: it was ended by SIGSEGV`)
	c.exec("nile", "core", "/tmp/core")
	checkMatches(t, c.exec("nile", "toolbox", "ls", "-l", "/tmp/core"), `-rw-------`)
	checkMatches(t, c.exec("nile", "exec", "--", "sh", "-c", "grep ^Seccomp: /proc/self/status"), `Seccomp:\t2`)
	checkMatches(t, docker(t, "exec", c.id, "sh", "-c", "echo 'echo this is $PPID; exit 3' | nile shell; echo code $?"), `this is`, `code 3`)
	checkMatches(t, c.exec("nile", "retry", "--keep-held", "--", "sh", "-c", "exit 0"), `has ended with code 0`)
	c.exec("nile", "release")
	if code := c.wait(); code != 0 && code != 139 {
		t.Errorf("it ended with code %d", code)
	}
}

// podUnderTheProfile runs a pod of what needs most, and steers it.
func podUnderTheProfile(t *testing.T, options []string) {
	t.Helper()
	c := start(t, machineImage(t), append(options, withManifest(t, profiledPod)...), "run", "--listen=127.0.0.1:9190", "--state-dir=/tmp")
	eventually(t, 30*time.Second, c.stderr, func() bool { return command("docker", "exec", c.id, "nile", "check", "ready").Run() == nil })
	checkMatches(t, c.exec("nile", "status"), `notifies +sidecar +Running +yes`, `app +main +Running +yes`)
	checkMatches(t, c.exec("nile", "tree"), `app`)
	c.exec("nile", "restart", "app")
	eventually(t, 30*time.Second, c.stderr, func() bool { return command("docker", "exec", c.id, "nile", "check", "ready").Run() == nil })
	c.exec("sh", "-c", "mkdir -p /tmp/watched; echo >/tmp/watched/file")
	eventually(t, 30*time.Second, func() string { return c.exec("nile", "events") },
		func() bool { return command("docker", "exec", c.id, "test", "-e", "/tmp/seen").Run() == nil })
	if code, took := c.stop(30 * time.Second); code != 0 || took > 15*time.Second {
		t.Errorf("it ended with code %d after %s; it wrote:\n%s", code, took, c.stderr())
	}
}

const profiledPod = `apiVersion: v1
kind: Pod
metadata: {name: profiled}
spec:
  initContainers:
  - {name: once, command: [sh, -c, 'ulimit -n; umask'], nile: {umask: "0027", rlimits: {nofile: 100}}}
  - name: notifies
    restartPolicy: Always
    command: [sh, -c, 'trap "exit 0" TERM; echo >&7; while :; do sleep 0.1; done']
    nile: {notify: {fd: 7}, output: {mode: json}}
  containers:
  - name: app
    command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.1; done']
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    readinessProbe: {httpGet: {port: 9190, path: /livez}, periodSeconds: 1}
    livenessProbe: {tcpSocket: {port: 9190}, periodSeconds: 1}
    lifecycle: {preStop: {exec: {command: ["true"]}}}
    nile:
      output: {file: /tmp/app.log}
      watch: [{path: /tmp/watched/file, action: Exec, exec: {command: [touch, /tmp/seen]}, debounce: 100ms}]
`
