package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// evidencePod has a JVM that runs out of heap at once, or does nothing, as another user
// where that can be had.
const evidencePod = `
apiVersion: v1
kind: Pod
metadata: {name: evidence}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 3
  nile: {stateDir: STATE, onFailure: Hold, holdFor: 10ms}
  containers:
  - name: jvm
    command: [sh, -c, "exec java -Xmx16m -cp CLASSES MAIN"]
    workingDir: /
    securityContext: {SECURITY}
    PROBE
`

// runEvidencePod compiles a class, runs it in the pod and returns all that is printed,
// and the state directory.
func runEvidencePod(t *testing.T, class, source, probe string) (output, state string) {
	t.Helper()
	for _, tool := range []string{"java", "javac"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this machine has no %s", tool)
		}
	}
	dir, err := os.MkdirTemp("", "nile-evidence-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	file := filepath.Join(dir, class+".java")
	must(t, os.WriteFile(file, []byte(source), 0o644))
	if out, err := exec.Command("javac", "-d", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("cannot compile: %v\n%s", err, out)
	}
	state = filepath.Join(dir, "state")
	security := ""
	if os.Getuid() == 0 {
		security = "runAsUser: 65532, runAsGroup: 65532"
	}
	text := strings.NewReplacer("STATE", state, "CLASSES", dir, "MAIN", class, "SECURITY", security, "PROBE", probe).Replace(evidencePod)
	must(t, os.WriteFile(filepath.Join(dir, "pod.yaml"), []byte(text), 0o644))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "nile"), "run", "--control=off", filepath.Join(dir, "pod.yaml"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // it fails: that is what it is there for
	if ctx.Err() != nil {
		t.Fatalf("it does not end:\n%s", out.String())
	}
	return out.String(), state
}

// TestEvidenceOfAFullHeap: a hold is enough for a dump to be there afterwards, though
// the JVM is another user than nile and its directory is not to be written to.
func TestEvidenceOfAFullHeap(t *testing.T) {
	output, state := runEvidencePod(t, "Full", `import java.util.*;
public class Full { public static void main(String[] a) { List<byte[]> l = new ArrayList<>(); while (true) l.add(new byte[1 << 20]); } }`, "")
	if !strings.Contains(output, "exited with code 3") {
		t.Errorf("it did not end as -XX:+ExitOnOutOfMemoryError has it:\n%s", output)
	}
	if !strings.Contains(output, "Dumping heap to "+filepath.Join(state, "evidence", "jvm", "java_pid")) {
		t.Errorf("no dump was written to %s:\n%s", state, output)
	}
	dumps := 0 // it may have been moved to a report
	must(t, filepath.WalkDir(state, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".hprof") {
			dumps++
		}
		return err
	}))
	if dumps != 1 {
		t.Errorf("%d dumps are in %s, want one:\n%s", dumps, state, output)
	}
}

// TestEvidenceBeforeALivenessKill: the JVM tells of its threads before it is stopped.
func TestEvidenceBeforeALivenessKill(t *testing.T) {
	output, _ := runEvidencePod(t, "Stuck", `public class Stuck { public static void main(String[] a) throws Exception {
  Thread t = new Thread(() -> { synchronized (Stuck.class) { try { Stuck.class.wait(); } catch (InterruptedException e) {} } }, "waits-for-ever");
  t.start(); System.out.println("up"); Thread.sleep(60000); } }`,
		"livenessProbe: {exec: {command: ['false']}, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 1}")
	if !strings.Contains(output, "Full thread dump") || !strings.Contains(output, `"waits-for-ever"`) {
		t.Errorf("there is no thread dump:\n%s", output)
	}
}
