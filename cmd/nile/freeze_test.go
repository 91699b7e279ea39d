package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const deathsSource = `public class Deaths {
	public static void main(String[] a) throws Exception {
		String none = null;
		for (int i = 0; i < 50000; i++) // compiled, these are SIGSEGVs that the runtime handles itself
			try { none.length(); } catch (NullPointerException expected) { }
		switch (a[0]) {
		case "exit": System.exit(3);
		case "throw": throw new RuntimeException("thrown");
		case "halt": Runtime.getRuntime().halt(42);
		case "thread": new Thread(() -> System.exit(9)).start(); Thread.sleep(100000);
		case "memory": java.util.List<byte[]> all = new java.util.ArrayList<>(); while (true) all.add(new byte[1 << 20]);
		}
	}
}`

// TestFreezeChangesNoEnd runs what stops, forks, signals itself and ends in many ways, with
// and without being frozen.
func TestFreezeChangesNoEnd(t *testing.T) {
	var commands [][]string
	for _, script := range []string{
		"exit 0", "exit 255", "kill -9 $$", "kill -TERM $$", `exec sh -c "exit 8"`, `sh -c 'kill -SEGV $$'; exit $?`,
		`trap "exit 5" USR1; kill -USR1 $$; exit 6`,
		"for i in 1 2 3 4 5 6 7 8 9; do (exit $i) & done; wait; exit 10",
		"i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done; exit 11",
		"(sleep 0.2; kill -CONT $$) & kill -STOP $$; exit 21",
	} {
		commands = append(commands, []string{"sh", "-c", "ulimit -c 0; " + script})
	}
	if _, err := exec.LookPath("javac"); err == nil {
		dir := t.TempDir()
		file := filepath.Join(dir, "Deaths.java")
		if err := os.WriteFile(file, []byte(deathsSource), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("javac", "-d", dir, file).CombinedOutput(); err != nil {
			t.Fatalf("javac: %v\n%s", err, out)
		}
		for _, death := range []string{"exit", "throw", "halt", "thread", "memory"} {
			commands = append(commands, []string{"java", "-Xmx32m", "-cp", dir, "Deaths", death})
		}
	}
	for _, command := range commands {
		t.Run(strings.Join(command[len(command)-1:], " "), func(t *testing.T) {
			plain, _ := endOf(t, command)
			frozen, text := endOf(t, command, "--freeze")
			if frozen != plain {
				t.Errorf("frozen it ended with %d, without with %d:\n%s", frozen, plain, text)
			}
			if strings.Contains(text, "cannot keep the process") {
				t.Skip(text)
			}
			if got := strings.Contains(text, "its process frozen"); got != (plain != 0) {
				t.Errorf("frozen: %v, with code %d:\n%s", got, plain, text)
			}
		})
	}
}

// endOf runs a command under a nile that holds it for a moment.
func endOf(t *testing.T, command []string, flags ...string) (code int, text string) {
	t.Helper()
	args := append([]string{"--control=off", "--preset=none", "--hold", "--hold-for=50ms"}, flags...)
	cmd := exec.Command(filepath.Join(bin, "nile"), append(append(args, "--"), command...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestFreezeOfWhatTheOOMKillerKills has nile in the same cgroup as the process that fills
// it: the kernel takes that one's memory back though it stands still.
func TestFreezeOfWhatTheOOMKillerKills(t *testing.T) {
	if _, err := exec.LookPath("perl"); err != nil {
		t.Skip("needs perl")
	}
	dir := memoryCgroup(t, "40000000")
	var stderr bytes.Buffer
	cmd := exec.Command("sh", "-c", `echo $$ >"$1/cgroup.procs" && exec "$2" --control=off --hold --hold-for=1s --freeze -- perl -e '$x = "x" x 200_000_000'`,
		"sh", dir, filepath.Join(bin, "nile"))
	cmd.Stderr = &stderr
	_ = cmd.Run()
	text := stderr.String()
	if strings.Contains(text, "cannot keep the process") {
		t.Skip(text)
	}
	if code := cmd.ProcessState.ExitCode(); code != 137 || !strings.Contains(text, "OOM killer struck") || !strings.Contains(text, "its process frozen") {
		t.Errorf("it ended with %d:\n%s", code, text)
	}
}
