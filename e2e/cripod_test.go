//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// leavesOrphan is a script whose first child dies at once and leaves a process behind, and which then is a sleep of its own.
func leavesOrphan(orphan, main int) string {
	return fmt.Sprintf("(sleep %d &); exec sleep %d", orphan, main)
}

// TestSharedPIDPod is a pod with shareProcessNamespace: nile-pause is PID 1, and each of two containers has a nile of
// its own that is not. Neither has a directory that it can write to.
func TestSharedPIDPod(t *testing.T) {
	shows(t, "two niles below one pause: orphans, probes, tree, zombies of a timed-out exec, signals, removal")
	pod := startPod(t, namespaceOfPod)
	web := pod.start("web", "--", "sh", "-c", leavesOrphan(7001, 7002))
	db := pod.start("db", "--log-level=error", "--", "sh", "-c", leavesOrphan(7003, 7004))
	all := pod.awaitSleeps(7001, 7002, 7003, 7004)
	t.Logf("the pod's processes: %v", all)

	t.Run("pause is PID 1", func(t *testing.T) {
		if first := processOf(all, "pause"); first == nil || first.pid != 1 {
			t.Errorf("nile-pause is not PID 1: %v", all)
		}
	})
	t.Run("nile says what it can do", func(t *testing.T) {
		line := "this container shares its processes: PID 1 is pause of container " + pod.id[:12] + ". nile reaps, signals and ends"
		eventually(t, 20*time.Second, func() string { return line + ":\n" + read(t, web.log()) },
			func() bool { return strings.Contains(read(t, web.log()), line) })
		if text := read(t, db.log()); text != "" {
			t.Errorf("a quiet nile wrote:\n%s", text)
		}
	})
	t.Run("orphans go to the nile of their container", func(t *testing.T) {
		if a, b := pod.sleep(7001).parent, pod.sleep(7002).parent; a != b || a == 1 {
			t.Errorf("web's orphan is a child of %d, its main process of %d", a, b)
		}
		if a, b := pod.sleep(7003).parent, pod.sleep(7004).parent; a != b || a == 1 {
			t.Errorf("db's orphan is a child of %d, its main process of %d", a, b)
		}
	})
	t.Run("probes and status", func(t *testing.T) {
		checkAnswersForItself(t, web, pod.sleep(7002).pid)
		checkAnswersForItself(t, db, pod.sleep(7004).pid)
	})
	t.Run("tree", func(t *testing.T) { checkTree(t, web.exec("nile", "tree"), web, db) })
	t.Run("zombies of an exec that timed out", func(t *testing.T) { checkTimedOutExec(t, web, 7005) })
	t.Run("signals to pause", func(t *testing.T) {
		before := process(*processOf(processes(pod.proc()), "pause"))
		web.exec("sh", "-c", "for n in $(seq 1 64); do case $n in 2|15) ;; *) kill -$n 1 || exit 1;; esac; done")
		web.exec("sh", "-c", "kill -0 1")
		if after := processOf(processes(pod.proc()), "pause"); after == nil || after.pid != 1 || after.started != before.started {
			t.Errorf("nile-pause was %v with start time %s, is %v", before, before.started, after)
		}
	})
	t.Run("one container stops, the other stays", func(t *testing.T) {
		kept := []process{pod.sleep(7003), pod.sleep(7004)}
		if code := web.stop(20 * time.Second); code != 128+15 {
			t.Errorf("exit code %d, want 143, sleep's own end by SIGTERM", code)
		}
		if now := []process{pod.sleep(7003), pod.sleep(7004)}; !slices.Equal(now, kept) {
			t.Errorf("db's processes were %v, are %v", kept, now)
		}
		if left := pod.sleeps(7001, 7002); len(left) > 0 {
			t.Errorf("web has left %v behind", left)
		}
	})
	t.Run("removal ends all", func(t *testing.T) { checkRemoval(t, pod) })
}

// TestPodWithPIDsOfItsOwn is a pod as it usually is: in each container nile is PID 1.
func TestPodWithPIDsOfItsOwn(t *testing.T) {
	shows(t, "nile as PID 1 of each container: zombies of a timed-out exec, a held one stays live, removal")
	pod := startPod(t, namespaceOfContainer)
	web := pod.start("web", "--", "sh", "-c", leavesOrphan(7011, 7012))
	db := pod.start("db", "--hold", "--", "sh", "-c", "exit 7")

	t.Run("nile is PID 1", func(t *testing.T) {
		for _, c := range []*criContainer{web, db} {
			if first := processOf(processes(c.proc()), "nile"); first == nil || first.pid != 1 {
				t.Errorf("container %s: nile is not PID 1: %v", c.name, processes(c.proc()))
			}
		}
	})
	t.Run("nile has nothing to say", func(t *testing.T) {
		if text := read(t, web.log()); text != "" {
			t.Errorf("it wrote:\n%s", text)
		}
	})
	t.Run("tree shows one container", func(t *testing.T) {
		tree := web.exec("nile", "tree")
		if !strings.Contains(tree, "sleep 7011") || strings.Contains(tree, "exit 7") || strings.Contains(tree, "container ") {
			t.Errorf("want web's processes and nothing else:\n%s", tree)
		}
	})
	t.Run("zombies of an exec that timed out", func(t *testing.T) { checkTimedOutExec(t, web, 7015) })
	t.Run("a held container passes its liveness probe", func(t *testing.T) {
		eventually(t, 20*time.Second, func() string { return db.exec("nile", "status") },
			func() bool { return strings.Contains(db.exec("nile", "status"), "Held") })
		if code, said := db.tryExec(5, "nile", "check", "live"); code != 0 {
			t.Errorf("nile check live: code %d: %s", code, said)
		}
		if code, said := db.tryExec(5, "nile", "check", "ready"); code != 1 {
			t.Errorf("nile check ready: code %d, want 1: %s", code, said)
		}
		if code := db.stop(20 * time.Second); code != 7 {
			t.Errorf("exit code %d, want 7, that of the command that was held", code)
		}
	})
	t.Run("removal ends all", func(t *testing.T) { checkRemoval(t, pod) })
}

// checkAnswersForItself asks nile as a kubelet's exec probes and an operator do: it is to speak of its own container.
func checkAnswersForItself(t *testing.T, c *criContainer, main int) {
	t.Helper()
	for _, question := range []string{"live", "ready"} {
		if code, said := c.tryExec(5, "nile", "check", question); code != 0 {
			t.Errorf("nile check %s in %s: code %d: %s", question, c.name, code, said)
		}
	}
	checkMatches(t, c.exec("nile", "status"), `Running`, fmt.Sprintf(`\s%d\s`, main))
}

// checkTree wants a tree for each container, and the sandbox' own.
func checkTree(t *testing.T, tree string, here, other *criContainer) {
	t.Helper()
	trees := strings.Split(strings.TrimSpace(tree), "\n\n")
	if len(trees) != 3 {
		t.Fatalf("want three trees, those of two containers and of pause:\n%s", tree)
	}
	checkMatches(t, trees[0], `^this container, with nile: \d+ processes\n`, `sleep 7001`, `sleep 7002`)
	rest := trees[1] + "\n" + trees[2]
	checkMatches(t, rest, `container `+other.id[:12]+`: \d+ processes\n`, `sleep 7003`, `sleep 7004`, `(?m)^1 .* pause$`)
	if strings.Contains(trees[0], "7003") || strings.Contains(rest, "7001") {
		t.Errorf("processes stand below another container:\n%s", tree)
	}
}

// checkTimedOutExec has an exec probe's time run out while it has a child that it has not waited for, and one that still
// runs. The runtime kills the probe only: both go to PID 1.
func checkTimedOutExec(t *testing.T, c *criContainer, mark int) {
	t.Helper()
	// Every container shows the same /proc to its processes, whose PID namespace is that of PID 1.
	proc := c.proc()
	before := processes(proc)
	timedOut := make(chan int)
	go func() {
		code, _ := c.tryExec(3, "sh", "-c", fmt.Sprintf("sleep 0.2 & sleep 4 & exec sleep %d", mark))
		timedOut <- code
	}()
	var seen process
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("a zombie below sleep %d: %v", mark, processes(proc)) }, func() bool {
		for _, p := range processes(proc) {
			if p.state == "Z" && p.name == "sleep" {
				seen = p
			}
		}
		return seen.pid != 0
	})
	if code := <-timedOut; code != -1 {
		t.Errorf("the exec ended with code %d; its time should have run out", code)
	}
	eventually(t, 20*time.Second, func() string { return fmt.Sprintf("only %v: %v", before, processes(proc)) },
		func() bool {
			for _, p := range processes(proc) {
				if !slices.ContainsFunc(before, func(b process) bool { return b.pid == p.pid && b.started == p.started }) {
					return false
				}
			}
			return true
		})
	t.Logf("%v was a zombie for a while, and is gone", seen)
}

// checkRemoval removes a pod and wants none of its processes left.
func checkRemoval(t *testing.T, pod *criPod) {
	t.Helper()
	roots := []int{pod.pid()}
	for _, c := range pod.containers {
		if pid, alive := c.alivePID(); alive {
			roots = append(roots, pid)
		}
	}
	var all []process
	for _, root := range roots {
		all = append(all, family(processes("/proc"), root)...)
	}
	if len(all) <= len(roots) {
		t.Fatalf("only %v run before the removal", all)
	}
	pod.remove()
	for _, p := range processes("/proc") {
		if slices.ContainsFunc(all, func(old process) bool { return old.pid == p.pid && old.started == p.started }) {
			t.Errorf("%v has outlived its pod", p)
		}
	}
}

// sleeps are the processes of the pod's PID namespace that sleep for so many seconds.
func (p *criPod) sleeps(seconds ...int) (found []process) {
	p.t.Helper()
	proc := p.proc()
	for _, one := range processes(proc) {
		line, _ := os.ReadFile(fmt.Sprintf("%s/%d/cmdline", proc, one.pid))
		for _, n := range seconds {
			if string(line) == fmt.Sprintf("sleep\x00%d\x00", n) {
				found = append(found, one)
			}
		}
	}
	return found
}

// sleep is the one process that sleeps for so many seconds.
func (p *criPod) sleep(seconds int) process {
	p.t.Helper()
	found := p.sleeps(seconds)
	if len(found) != 1 {
		p.t.Fatalf("%d processes are sleep %d: %v", len(found), seconds, processes(p.proc()))
	}
	return found[0]
}

// awaitSleeps waits until all of these run, and returns all processes of the pod.
func (p *criPod) awaitSleeps(seconds ...int) []process {
	p.t.Helper()
	eventually(p.t, 20*time.Second, func() string { return fmt.Sprint(processes(p.proc())) },
		func() bool { return len(p.sleeps(seconds...)) == len(seconds) })
	return processes(p.proc())
}
