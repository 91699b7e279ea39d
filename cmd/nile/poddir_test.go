package main

import (
	"context"
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

// member is a nile of a pod, in a PID namespace of its own as in a container.
type member struct {
	t    *testing.T
	cmd  *exec.Cmd
	text testkit.Buffer
}

// join starts a nile whose pod directory is dir.
func join(t *testing.T, dir, life string, args ...string) *member {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	m := &member{t: t, cmd: exec.CommandContext(ctx, filepath.Join(bin, "nile"), args...)}
	m.cmd.Env = append(os.Environ(), "NILE_POD_DIR="+dir, "NILE_CONTROL=off", "NILE_POD_UID="+life, "NILE_LOG_LEVEL=debug")
	m.cmd.Stdout, m.cmd.Stderr = &m.text, &m.text
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.cmd.Process.Kill()
		_ = m.cmd.Wait()
		cancel()
		if t.Failed() {
			t.Logf("nile %s\n%s", strings.Join(args, " "), m.text.String())
		}
	})
	return m
}

// says waits until the nile has said something.
func (m *member) says(text string) {
	m.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(m.text.String(), text) {
			return
		}
	}
	m.t.Fatalf("it never says %q; it says\n%s", text, m.text.String())
}

// isKnown waits until a nile of a life of the pod has told the others that it runs.
func (m *member) isKnown(dir, life, name string) {
	m.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(dir, name+".json"))
		if strings.Contains(string(text), `"pod":"`+life+`"`) && strings.Contains(string(text), `"state":"Running"`) {
			return
		}
	}
	m.t.Fatalf("%s/%s.json never tells that %s runs", dir, name, name)
}

func (m *member) signal(sig syscall.Signal) {
	m.t.Helper()
	if err := m.cmd.Process.Signal(sig); err != nil {
		m.t.Fatal(err)
	}
}

// code waits for its end.
func (m *member) code() int {
	m.t.Helper()
	_ = m.cmd.Wait()
	return m.cmd.ProcessState.ExitCode()
}

func needsNamespaces(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 || !canMakeNamespaces() {
		t.Skip("needs root, to make PID namespaces")
	}
}

// A nile that is killed, as by the OOM killer, is gone at once for those that wait for it,
// in another PID namespace; one that comes in its place is another run.
func TestPodDirWhenANileIsKilled(t *testing.T) {
	needsNamespaces(t)
	dir := t.TempDir()
	db := join(t, dir, "pod", "--name", "db", "--", "sleep", "1000")
	db.says("started")
	manifest := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(manifest, []byte(`apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 2
  containers:
  - name: web
    command: [sleep, "1000"]
    nile: {dependsOn: [{name: db/sleep, condition: Ready, onRestart: Restart}]}
  - name: late
    command: [sh, -c, "echo late runs; exec sleep 1000"]
    nile: {dependsOn: [{name: gone/sleep, condition: Ready}, {name: db/sleep}]}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	gone := join(t, dir, "pod", "--name", "gone", "--", "sleep", "1000")
	gone.isKnown(dir, "pod", "gone")
	gone.signal(syscall.SIGKILL)
	gone.code()
	web := join(t, dir, "pod", "run", manifest)
	web.says(`"container":"web","from":"Starting","to":"Running"`)
	web.says("waiting for gone/sleep to be Ready, which is gone: its nile was killed")

	db.signal(syscall.SIGKILL)
	db.code()
	web.says("gone/sleep to be Ready, which is gone: its nile was killed; db/sleep to be Started, which is gone: its nile was killed")
	if strings.Contains(web.text.String(), "has been started again") {
		t.Error("a dependency that is only gone takes its dependant along")
	}
	join(t, dir, "pod", "--name", "db", "--", "sleep", "1000")
	web.says("db/sleep has been started again: sending SIGTERM")
	web.says(`"restarts":1`)
	join(t, dir, "pod", "--name", "gone", "--", "sleep", "1000")
	web.says("late runs")
	web.signal(syscall.SIGTERM)
	web.code()
}

// A Job's sidecar ends with its main container, however that ends, and whether it comes
// before or after; a tombstone of an earlier life of the pod does not count.
func TestPodDirOfAJob(t *testing.T) {
	needsNamespaces(t)
	dir := t.TempDir()
	if code := join(t, dir, "earlier", "--name", "main", "--", "true").code(); code != 0 {
		t.Fatalf("the job ends with %d", code)
	}
	before := join(t, dir, "now", "--name", "proxy", "--end-with", "main", "--", "sleep", "1000")
	before.says("started")
	main := join(t, dir, "now", "--name", "main", "--", "sleep", "1000")
	main.isKnown(dir, "now", "main")
	main.signal(syscall.SIGKILL)
	main.code()
	if code := before.code(); code != 0 {
		t.Errorf("the sidecar ends with %d, want 0", code)
	}
	before.says("ended because main has ended")
	after := join(t, dir, "now", "--name", "proxy", "--end-with", "main,proxy2", "--", "sleep", "1000")
	after.says("started")
	join(t, dir, "now", "--name", "proxy2", "--", "false").code()
	if code := after.code(); code != 0 {
		t.Errorf("the sidecar that came after them ends with %d, want 0", code)
	}
	after.says("ended because main and proxy2 have ended")
}

// A nile that only tells what it does, and one that waits, are idle: no system call wakes
// them again and again.
func TestPodDirIsIdle(t *testing.T) {
	needsNamespaces(t)
	// Directories on the way are watched too, and /tmp is never quiet.
	dir, err := os.MkdirTemp("/dev/shm", "nile-pod-")
	if err != nil {
		t.Skipf("needs a quiet directory: %v", err)
	}
	defer os.RemoveAll(dir)
	db := join(t, dir, "pod", "--name", "db", "--", "sleep", "1000")
	db.says("started")
	web := join(t, dir, "pod", "--name", "web", "--depends-on", "db=Completed", "--", "true")
	web.says("waiting for db to be Completed")
	time.Sleep(time.Second) // for what nile does but once, a moment after its start
	for _, m := range []*member{db, web} {
		before := switches(t, m.cmd.Process.Pid)
		time.Sleep(2 * time.Second) // what is measured
		if n := switches(t, m.cmd.Process.Pid) - before; n > 10 {
			t.Errorf("%v is woken %d times in 2 s", m.cmd.Args, n)
		}
	}
}

// switches is how often the threads of a process have gone to sleep.
func switches(t *testing.T, pid int) (n int) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "status"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			if value, found := strings.CutPrefix(line, "voluntary_ctxt_switches:"); found {
				count, err := strconv.Atoi(strings.TrimSpace(value))
				if err != nil {
					t.Fatal(err)
				}
				n += count
			}
		}
	}
	return n
}
