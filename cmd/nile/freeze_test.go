package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testkit"
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

const goDeathsSource = `package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func main() {
	for range 4 {
		go func() {
			for {
				time.Sleep(time.Millisecond)
				_ = make([]byte, 1<<16)
			}
		}()
	}
	runtime.GC()
	if err := exec.Command("sh", "-c", "exit 4").Run(); err.(*exec.ExitError).ExitCode() != 4 {
		os.Exit(99)
	}
	go func() {
		runtime.LockOSThread()
		switch os.Args[1] {
		case "panic":
			panic("in a goroutine")
		case "nil":
			println(*(*int)(nil))
		case "exec":
			_ = syscall.Exec("/bin/sh", []string{"sh", "-c", "exit 12"}, nil)
		}
		os.Exit(13)
	}()
	select {}
}`

const nodeDeaths = `
const { Worker } = require("worker_threads"), { spawnSync } = require("child_process");
if (spawnSync("sh", ["-c", "exit 4"]).status !== 4) process.exit(99);
new Worker("setInterval(() => 0, 10)", { eval: true });
if (process.argv[1] === "throw") setTimeout(() => { throw new Error("thrown"); }, 50);
else if (process.argv[1] === "abort") setTimeout(() => process.abort(), 50);
else if (process.argv[1] === "kill") setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
else setTimeout(() => process.exit(14), 50);`

const pythonDeaths = `
import ctypes, os, signal, subprocess, sys, threading, time
assert subprocess.run(["sh", "-c", "exit 4"]).returncode == 4
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
got = []
signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
os.kill(os.getpid(), signal.SIGUSR1)
while not got: time.sleep(0.01)
def die():
    if sys.argv[1] == "segv": ctypes.string_at(8)
    if sys.argv[1] == "exec": os.execvp("sh", ["sh", "-c", "exit 15"])
    os._exit(16)
if sys.argv[1] == "throw": raise RuntimeError("thrown")
threading.Thread(target=die).start()
time.sleep(100)`

// realDeaths are commands of those language runtimes that are here, each with threads, a
// child and signals of its own before its end.
func realDeaths(t *testing.T) (commands [][]string) {
	t.Helper()
	dir := t.TempDir()
	add := func(program string, arguments []string, deaths ...string) {
		if _, err := exec.LookPath(program); err != nil {
			t.Logf("no %s here", program)
			return
		}
		for _, death := range deaths {
			commands = append(commands, append(append([]string{"sh", "-c", `ulimit -c 0; exec "$@"`, "sh", program}, arguments...), death))
		}
	}
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	compile := func(compiler string, args ...string) {
		if _, err := exec.LookPath(compiler); err != nil {
			return
		}
		if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", compiler, err, out)
		}
	}
	compile("javac", "-d", dir, write("Deaths.java", deathsSource))
	add("java", []string{"-Xmx32m", "-cp", dir, "Deaths"}, "exit", "throw", "halt", "thread", "memory")
	program := filepath.Join(dir, "deaths")
	compile("go", "build", "-o", program, write("deaths.go", goDeathsSource))
	add(program, nil, "panic", "nil", "exec", "exit")
	add("node", []string{"-e", nodeDeaths}, "throw", "abort", "kill", "exit")
	add("python3", []string{"-c", pythonDeaths}, "throw", "segv", "exec", "exit")
	return commands
}

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
		"(sleep 0.2; kill -CONT $$) & kill -TSTP $$; exit 22",
		`trap "exit 23" CONT; (sleep 0.2; kill -CONT $$) & kill -TSTP $$; sleep 1; exit 24`,
	} {
		commands = append(commands, []string{"sh", "-c", "ulimit -c 0; " + script})
	}
	commands = append(commands, realDeaths(t)...)
	for _, command := range commands {
		t.Run(nameOf(command), func(t *testing.T) {
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

func nameOf(command []string) string {
	last := command[len(command)-1]
	if len(command) > 4 {
		return filepath.Base(command[4]) + " " + last
	}
	return last
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
	dir, _ := testkit.MemoryCgroup(t, "40000000")
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
