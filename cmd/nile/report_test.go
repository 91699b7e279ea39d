package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/testkit"
)

// reportOf runs nile to its end with a pod of one main container, and reads the report.
func reportOf(t *testing.T, command []string, block string, prepare func(*exec.Cmd)) *postmortem.Report {
	t.Helper()
	dir := t.TempDir()
	words, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: test}\nspec:\n  restartPolicy: Never\n  terminationGracePeriodSeconds: 2\n" +
		"  containers:\n  - name: main\n    command: " + string(words) + "\n    nile: {output: {mode: prefix}}\n" + block
	file := filepath.Join(dir, "pod.yaml")
	if err := os.WriteFile(file, []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "state")
	cmd := exec.Command(filepath.Join(bin, "nile"), "run", "--control=off", "--state-dir="+state, "--termination-log=", file)
	cmd.Dir = dir
	if prepare != nil {
		prepare(cmd)
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("it did not fail:\n%s", out)
	}
	store, err := postmortem.OpenExisting(state)
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	list, err := store.List("")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d reports, %v:\n%s", len(list), err, out)
	}
	r, err := store.Read(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The kernel's OOM killer, with a real limit: once it kills main itself, and once a child
// of it.
func TestReportOfAnOOMKill(t *testing.T) {
	group, _ := testkit.MemoryCgroup(t, strconv.Itoa(64<<20))
	const eat = `exec perl -e '$x = "x" x 200_000_000'` // no more, should the limit fail
	within := func(cmd *exec.Cmd) {
		// nile joins the cgroup before it begins.
		cmd.Args = append([]string{"sh", "-c", "echo $$ >" + group + "/cgroup.procs; exec \"$0\" \"$@\"", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
	}
	for _, test := range []struct{ name, script, rule, says string }{
		{"main", eat, "oom-killed", "killed by the cgroup's OOM killer (limit 64Mi, oom_kill "},
		{"child", "sh -c \"$EAT\"; exit $?", "oom-killed-child", "a child of sh was killed by the cgroup's OOM killer (limit 64Mi, oom_kill "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("EAT", eat)
			r := reportOf(t, []string{"/bin/sh", "-c", test.script}, "", within)
			if r.Cause.Rule != test.rule || !strings.HasPrefix(r.Cause.Line, test.says) || !r.Cause.Sure {
				t.Errorf("the cause is %+v", r.Cause)
			}
			if r.Memory == nil || r.Memory.Limit == nil || *r.Memory.Limit != 64<<20 {
				t.Errorf("the memory is %+v", r.Memory)
			}
		})
	}
}

// A process that ignores the stop signal after its liveness probe has failed: the report
// names the probe, and what was open.
func TestReportOfALivenessKill(t *testing.T) {
	block := "    livenessProbe: {exec: {command: [sh, -c, 'echo not well; exit 1']}, periodSeconds: 1, failureThreshold: 2}\n"
	r := reportOf(t, []string{"/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, block, nil)
	if want := "liveness probe exec sh -c echo not well; exit 1 failed 2 times: command exited with code 1: not well"; !strings.HasPrefix(r.Cause.Line, want) {
		t.Errorf("the cause is %q, want %q", r.Cause.Line, want)
	}
	if len(r.Looks) == 0 || len(r.Looks[0].Files) < 3 || len(r.Timeline) < 3 {
		t.Errorf("the looks are %+v, the timeline %+v", r.Looks, r.Timeline)
	}
	if len(r.Probes) != 1 || r.Probes[0].Failures < 2 {
		t.Errorf("the probes are %+v", r.Probes)
	}
}

// What has been left behind is named, though nile ends it before it ends itself.
func TestReportNamesOrphans(t *testing.T) {
	r := reportOf(t, []string{"/bin/sh", "-c", "(sleep 321 & echo) ; sleep 0.2; exit 5"}, "", nil)
	for _, p := range r.Scene {
		if p.Orphan && p.Command == "sleep 321" {
			return
		}
	}
	t.Errorf("sleep 321 is no orphan among %+v", r.Scene)
}

// The report of a JVM's crash is whole soon after its death: this is to show what takes
// long, not to measure; the bound is far above the 0.3 s that people are promised.
func TestReportOfAJVMIsSoonThere(t *testing.T) {
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("no java here")
	}
	r := reportOf(t, []string{"java", "-jar", "/no/such/app.jar"}, "", nil)
	if r.Cause.Line != "Unable to access jarfile /no/such/app.jar" || r.Runtime != "java" {
		t.Errorf("the cause is %+v", r.Cause)
	}
	late := r.Written.Sub(r.End.Finished)
	t.Logf("written %v after the end", late)
	if late.Seconds() > 10 {
		t.Errorf("the report was written %v after the end", late)
	}
}

// That a child was killed is told of a main that ends well, too.
func TestOOMKillOfAChildIsToldThoughMainSucceeds(t *testing.T) {
	group, _ := testkit.MemoryCgroup(t, strconv.Itoa(64<<20))
	pod := filepath.Join(t.TempDir(), "pod.yaml")
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: test}\nspec:\n  restartPolicy: Never\n  containers:\n" +
		"  - {name: main, command: [sh, -c, 'perl -e \"\\$x = q(x) x 200_000_000\"; exit 0']}\n"
	if err := os.WriteFile(pod, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "echo $$ >\"$1/cgroup.procs\" && exec \"$2\" run --control=off --termination-log= \"$3\"", "sh", group, filepath.Join(bin, "nile"), pod)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ended with success, but the OOM killer has killed a process of the cgroup meanwhile (oom_kill 0→1)") {
		t.Errorf("%v:\n%s", err, out)
	}
}
