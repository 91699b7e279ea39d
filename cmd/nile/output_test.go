package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// podOf writes a manifest and returns its path.
func podOf(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pod.yaml")
	must(t, os.WriteFile(file, []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: test}\nspec:\n"+text), 0o644))
	return file
}

// nileRun is `nile run` with a pod, in a directory of its own and with a socket of its
// own.
func nileRun(t *testing.T, pod string, flags ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "nile"), append(append([]string{"run"}, flags...), podOf(t, pod))...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NILE_CONTROL="+filepath.Join(cmd.Dir, "control.sock"))
	return cmd
}

// soon waits until something holds.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

const blockedPod = `
  restartPolicy: Always
  terminationGracePeriodSeconds: 2
  nile: {backoff: {initial: 10ms, max: 10ms}}
  containers:
  - {name: loud, command: [sh, -c, "i=0; while :; do i=$((i+1)); echo $i >count; printf '%01000d\n' $i; done"]}
  - {name: crashes, command: [sh, -c, "echo run >>runs; exit 1"]}
  - name: probed
    command: [sh, -c, "trap 'echo HUP >>signals' HUP; while :; do sleep 0.05; done"]
    livenessProbe: {periodSeconds: 1, exec: {command: [sh, -c, echo probe >>probes]}}
`

// TestBlockedOutputHoldsUpNobodyElse has nobody read what the pod prints: neither its
// standard output nor its standard error, where nile's own log goes too.
func TestBlockedOutputHoldsUpNobodyElse(t *testing.T) {
	for _, mode := range []string{"prefix", "json"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			must(t, err)
			defer r.Close()
			nile := nileRun(t, blockedPod, "--output="+mode)
			nile.Stdout, nile.Stderr = w, w
			must(t, nile.Start())
			w.Close()
			ended := make(chan error, 1)
			go func() { ended <- nile.Wait() }()
			read := func(name string) string {
				text, _ := os.ReadFile(filepath.Join(nile.Dir, name))
				return string(text)
			}
			count := ""
			soon(t, "the loud one is held up", func() bool {
				before := count
				count = read("count")
				time.Sleep(200 * time.Millisecond)
				return count != "" && before == count && count == read("count")
			})
			// It could print what waits for the destination, and one pipe.
			var lines int
			if _, err := fmt.Sscan(count, &lines); err != nil || lines < 100 || lines > 2000 {
				t.Errorf("it has printed %d lines of 1000 bytes (%v)", lines, err)
			}
			runs, probes := strings.Count(read("runs"), "run"), strings.Count(read("probes"), "probe")
			soon(t, "restarts and probes go on", func() bool {
				return strings.Count(read("runs"), "run") > runs+3 && strings.Count(read("probes"), "probe") > probes
			})
			must(t, nile.Process.Signal(syscall.SIGHUP))
			soon(t, "signals arrive", func() bool { return read("signals") != "" })
			must(t, nile.Process.Signal(syscall.SIGTERM))
			select {
			case <-ended:
			case <-time.After(30 * time.Second):
				_ = nile.Process.Kill()
				t.Fatal("nile does not end")
			}
		})
	}
}

// TestNamesAreColouredOnATerminal runs a pod on a terminal.
func TestNamesAreColouredOnATerminal(t *testing.T) {
	const pod = `
  restartPolicy: Never
  initContainers: [{name: first, command: [echo, one]}]
  containers: [{name: second, command: [echo, two]}]
`
	for _, test := range []struct {
		environment string
		want        []string
	}{
		{"TERM=xterm", []string{"\x1b[0;36mfirst  | \x1b[0mone\n", "\x1b[0;33msecond | \x1b[0mtwo\n"}},
		{"NO_COLOR=1", []string{"first  | one\n", "second | two\n"}},
		{"TERM=dumb", []string{"first  | one\n", "second | two\n"}},
	} {
		screen := openScreen(t)
		nile := nileRun(t, pod, "--log-level=off")
		nile.Env = append(nile.Env, "NO_COLOR=", "TERM=xterm", test.environment)
		nile.Stdin, nile.Stdout, nile.Stderr = screen.slave, screen.slave, screen.slave
		nile.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		must(t, nile.Start())
		screen.begin()
		must(t, nile.Wait())
		text := screen.whole()
		if text != strings.Join(test.want, "") {
			t.Errorf("with %s: %q, want %q", test.environment, text, test.want)
		}
	}
}

// TestNoDescriptorOfNileReachesAChild has containers of all modes, a probe and a hook
// list what they have open while the others run.
func TestNoDescriptorOfNileReachesAChild(t *testing.T) {
	const pod = `
  restartPolicy: Never
  initContainers:
  - {name: sidecar, restartPolicy: Always, command: [sleep, "60"], nile: {output: {mode: json}}}
  - {name: file, restartPolicy: Always, command: [sleep, "60"], nile: {output: {file: %[1]s/app.log}}}
  containers:
  - name: app
    command: [sh, -c, "testprogram fds >app.fds; until test -s probe.fds -a -s hook.fds; do sleep 0.05; done"]
    lifecycle: {postStart: {exec: {command: [sh, -c, testprogram fds >hook.fds]}}}
    startupProbe: {periodSeconds: 1, exec: {command: [sh, -c, testprogram fds >probe.fds]}}
  - {name: inherits, command: [sh, -c, testprogram fds >inherits.fds], nile: {output: {mode: inherit}}}
`
	given, err := exec.Command(filepath.Join(bin, "testprogram"), "fds").Output() // what the test itself was left
	must(t, err)
	nile := nileRun(t, fmt.Sprintf(pod, t.TempDir()), "--log-level=off")
	if out, err := nile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"app", "hook", "probe", "inherits"} {
		text, err := os.ReadFile(filepath.Join(nile.Dir, name+".fds"))
		if err != nil || string(text) != string(given) {
			t.Errorf("%s has the descriptors %q (%v), want %q", name, text, err, given)
		}
	}
	held := exec.Command(filepath.Join(bin, "nile"), "--hold", "--log-level=off", "--control=off", "--", filepath.Join(bin, "testprogram"), "fds")
	if out, err := held.Output(); err != nil || string(out) != string(given) {
		t.Errorf("a program that may be held has the descriptors %q (%v), want %q", out, err, given)
	}
}

// TestFewDescriptors starts a program that may be held with ever fewer descriptors for
// nile: it runs, and what it prints arrives. Below 18, Go's runtime itself has too few.
func TestFewDescriptors(t *testing.T) {
	for limit := 28; limit >= 18; limit-- {
		script := fmt.Sprintf("ulimit -n %d; exec %s/nile --hold --hold-for=1ms --log-level=off -- awk 'BEGIN { print \"out\"; print \"err\" >\"/dev/stderr\" }'", limit, bin)
		var stdout, stderr bytes.Buffer
		nile := exec.Command("sh", "-c", script)
		nile.Stdout, nile.Stderr = &stdout, &stderr
		if err := nile.Run(); err != nil || stdout.String() != "out\n" || !strings.Contains(stderr.String(), "err\n") {
			t.Errorf("with %d descriptors: %v, %q and %q", limit, err, stdout.String(), stderr.String())
		}
	}
}

// TestManyContainersTakeLittleMemory has 500 of them print a line each.
func TestManyContainersTakeLittleMemory(t *testing.T) {
	var open unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &open))
	if open.Max < 4096 {
		t.Skipf("needs 4096 descriptors; the limit is %d", open.Max)
	}
	const containers = 500
	var pod strings.Builder
	pod.WriteString("  restartPolicy: Never\n  terminationGracePeriodSeconds: 2\n  containers:\n")
	for i := range containers {
		fmt.Fprintf(&pod, "  - {name: c%03d, command: [sh, -c, 'echo a line; exec sleep 600']}\n", i)
	}
	nile := nileRun(t, pod.String(), "--log-level=off")
	out := &log{}
	nile.Stdout = out
	must(t, nile.Start())
	defer func() { _ = nile.Process.Signal(syscall.SIGTERM); _ = nile.Wait() }()
	out.waitFor(t, "a line\n", containers)
	// The goal is 12 KB for one that prints nothing, with all that nile knows of it; what the
	// start has left is given back a second later.
	most, memory := 2500+12*containers, 0
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if memory = ownMemory(t, nile.Process.Pid); memory <= most {
			return
		}
	}
	t.Errorf("nile has %d KiB of its own for %d containers, want %d at most", memory, containers, most)
}

// ownMemory is the memory that exists because a process runs, in KiB.
func ownMemory(t *testing.T, pid int) (kib int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kib); err == nil {
			return kib
		}
	}
	t.Fatal("the kernel doesn't say how much memory is nile's own")
	return 0
}
