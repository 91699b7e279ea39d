//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDockerOptions looks at what each option of `docker run` makes of the container, and at what nile makes of that.
func TestDockerOptions(t *testing.T) {
	image := machineImage(t)
	// status is what /proc says of nile and of its child, each line with the name of who it is of.
	const status = `grep -H -E "^(Name|Uid|CapEff|NoNewPrivs|Seccomp):" /proc/1/status /proc/self/status; `
	for _, test := range []struct {
		option, shown string
		options       []string
		script        string
		code          int
		want          []string // regular expressions for what it prints
	}{
		{"PID 1", "nile is PID 1, its child is not, and the child's code is the container's", machineOptions(),
			"cat /proc/1/comm; echo child of $PPID; exit 42", 42, []string{`(?m)^nile$`, `child of 1\n`}},
		{"--read-only", "nothing can be written, and nile answers all the same", machineOptions(),
			"touch /written || nile check live", 0, []string{`the pod is Running`}},
		{"--user", "nile and its child are a user without a name", machineOptions("--user", "12345:23456"), status, 0,
			[]string{`/1/status:Uid:\t12345\t12345`, `self/status:Uid:\t12345\t12345`}},
		{"--cap-drop ALL", "root without capabilities", machineOptions("--cap-drop", "ALL"), status + "nile check live", 0,
			[]string{`/1/status:CapEff:\t0000000000000000`, `self/status:CapEff:\t0000000000000000`, `the pod is Running`}},
		{"--security-opt no-new-privileges", "no program gains privileges", machineOptions("--security-opt", "no-new-privileges"), status, 0,
			[]string{`/1/status:NoNewPrivs:\t1`, `self/status:NoNewPrivs:\t1`}},
	} {
		t.Run(test.option, func(t *testing.T) {
			shows(t, test.shown)
			got := runToEnd(t, image, test.options, "--", "sh", "-c", test.script)
			if got.code != test.code {
				t.Errorf("exit code %d, want %d; stderr:\n%s", got.code, test.code, got.stderr)
			}
			checkMatches(t, got.stdout, test.want...)
		})
	}
	t.Run("--memory", func(t *testing.T) {
		shows(t, "a real OOM kill, held: the cause names the limit, nile survives, the code is 137")
		c := start(t, image, machineOptions("--memory", "64m", "--memory-swap", "64m"), "--hold", "--", "python3", "-c", "b = bytearray(200 << 20)")
		first, _, _ := strings.Cut(c.held(), "\n")
		checkMatches(t, first, `killed by the cgroup's OOM killer \(limit 64Mi, oom_kill 0→[12]\)$`)
		if oom := docker(t, "inspect", "--format", "{{.State.OOMKilled}} {{.State.Running}}", c.id); !strings.HasSuffix(oom, "true") {
			t.Errorf("Docker says OOMKilled and Running are %s: nile should have survived", oom)
		}
		if code, _ := c.stop(20 * time.Second); code != 137 {
			t.Errorf("exit code %d, want 137", code)
		}
	})
	t.Run("--memory, restarted", func(t *testing.T) {
		shows(t, "a real OOM kill, by the restart policy: the container goes on")
		c := start(t, image, machineOptions(append(withManifest(t, restartingPod), "--memory", "64m", "--memory-swap", "64m")...), "run")
		eventually(t, 30*time.Second, c.stderr, func() bool { return strings.Contains(c.stdout(), "second life") })
		checkMatches(t, c.exec("nile", "status"), `app +main +Running +yes +1 .*(OOM|code 137|SIGKILL)`)
	})
}

// restartingPod takes more memory than it may, once.
const restartingPod = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - name: app
    command: [sh, -c, 'test -e /tmp/once && echo second life && exec sleep 600; touch /tmp/once; exec python3 -c "b = bytearray(200 << 20)"']
`

// withManifest is the option that gives a container the manifest that `nile run` runs.
func withManifest(t *testing.T, pod string) []string {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "pod.yaml"), []byte(pod), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"--volume", directory + ":/etc/nile:ro"}
}

// TestDockerKill sends signals by `docker kill`.
func TestDockerKill(t *testing.T) {
	shows(t, "docker kill: each signal reaches the command; KILL ends all at once")
	c := start(t, machineImage(t), machineOptions(), "--", "sh", "-c",
		`for s in HUP USR1 USR2 QUIT WINCH CONT; do trap "echo heard $s" $s; done; echo ready; while :; do sleep 0.1; done`)
	eventually(t, 20*time.Second, c.stderr, func() bool { return strings.Contains(c.stdout(), "ready") })
	for _, name := range []string{"HUP", "USR1", "USR2", "QUIT", "WINCH", "CONT"} {
		docker(t, "kill", "--signal", name, c.id)
		eventually(t, 20*time.Second, func() string { return "heard " + name + " in:\n" + c.stdout() },
			func() bool { return strings.Contains(c.stdout(), "heard "+name+"\n") })
	}
	inside := family(processes("/proc"), c.pid())
	if len(inside) < 2 {
		t.Fatalf("only %v run", inside)
	}
	docker(t, "kill", c.id)
	if code := c.wait(); code != 137 {
		t.Errorf("exit code %d, want 137", code)
	}
	for _, p := range processes("/proc") {
		for _, old := range inside {
			if p.pid == old.pid && p.started == old.started {
				t.Errorf("%v has outlived KILL", p)
			}
		}
	}
}

// TestDockerPause freezes a container for longer than its probes stand, and goes on.
func TestDockerPause(t *testing.T) {
	shows(t, "docker pause: no restart for the time that nobody ran, and an ordered end after it")
	c := start(t, machineImage(t), machineOptions(withManifest(t, probedPod)...), "run")
	ready := func() bool { return command("docker", "exec", c.id, "nile", "check", "ready").Run() == nil }
	eventually(t, 20*time.Second, c.stderr, ready)
	before := c.exec("nile", "status", "-o", "json")
	main := processOf(processes(c.proc()), "tail")
	for range 4 { // some of these in the middle of a probe
		docker(t, "pause", c.id)
		time.Sleep(1500 * time.Millisecond) // more than the probe's timeout
		docker(t, "unpause", c.id)
		time.Sleep(350 * time.Millisecond)
	}
	time.Sleep(time.Second) // for a probe that has failed to end the process
	eventually(t, 20*time.Second, c.stderr, ready)
	if now := processOf(processes(c.proc()), "tail"); now == nil || main == nil || *now != *main {
		t.Errorf("the main process was %v and is %v; before:\n%s\nafter:\n%s", main, now, before, c.exec("nile", "status", "-o", "json"))
	}
	if code, took := c.stop(60 * time.Second); code != 143 || took > 20*time.Second {
		t.Errorf("it ended with code %d after %s, want 143 at once", code, took)
	}
}

// probedPod is a pod that a probe ends within two seconds of silence.
const probedPod = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - name: main
    command: [tail, -f, /dev/null]
    livenessProbe: {exec: {command: [sleep, "0.5"]}, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1}
    readinessProbe: {exec: {command: [sleep, "0.5"]}, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1}
`

// TestDockerExec leaves behind what `docker exec` has started: its parent is outside, and PID 1 gets what it leaves.
func TestDockerExec(t *testing.T) {
	shows(t, fmt.Sprintf("docker exec: %d orphans and the zombies of an exec that was killed are reaped", orphans))
	c := start(t, machineImage(t), machineOptions(), "--", "tail", "-f", "/dev/null")
	eventually(t, 20*time.Second, c.stderr, func() bool { return processOf(processes(c.proc()), "tail") != nil })
	proc := c.proc()
	docker(t, "exec", "--detach", c.id, "sh", "-c", "sleep 0 & sleep 1 & exec sleep 7062")
	var killed process
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("a zombie below the exec: %v", processes(proc)) }, func() bool {
		for _, p := range processes(proc) {
			if p.state == "Z" {
				killed = p
			}
		}
		return killed.pid != 0
	})
	zombies := watchZombies(func() []process { return processes(proc) })
	c.exec("sh", "-c", fmt.Sprintf("kill -KILL %d", killed.parent))
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("only nile and its child: %v", processes(proc)) },
		func() bool { return len(processes(proc)) == 2 })
	makeOrphans(t, c)
	zombies.check(t)
}
