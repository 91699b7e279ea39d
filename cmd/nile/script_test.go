package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/testkit"
	"github.com/nile-init/nile/supervisor"
)

var update = flag.Bool("update", false, "write the reference and the expected output in scripts again")

// bin holds nile and its test program, built as they are shipped.
var bin string

func TestMain(m *testing.M) {
	flag.Parse()
	resetSignals()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "nile-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil { // other users run nile in some tests
			panic(err)
		}
		bin = dir
		err = buildNile(dir, "nile_start", "../../internal/testprogram")
		if profile := os.Getenv(profileVariable); profile != "" && err == nil {
			err = confine(dir, profile)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// resetSignals undoes what the launcher of the tests has left: GNU make, for one,
// starts its commands with signals 32 and 33 ignored, and nile hands that on.
func resetSignals() {
	var standard [8]uint64
	for _, num := range []uintptr{32, 33} {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, num, uintptr(unsafe.Pointer(&standard)), 0, 8, 0, 0)
	}
}

// buildNile builds nile into a directory, with more flags or packages. The Makefile's entry point is a part of what is
// tested.
func buildNile(dir, entry string, more ...string) error {
	args := []string{"-trimpath", "-ldflags=github.com/nile-init/nile/cmd/nile=-E " + entry, "-o", dir}
	return testkit.Build(append(append(args, more...), ".")...)
}

// TestScript runs testdata/script/*.txtar: the real binary, as a user would type
// it.
func TestScript(t *testing.T) {
	runScripts(t, testscript.Params{Dir: filepath.Join("..", "..", "testdata", "script"), UpdateScripts: *update}, bin)
}

// runScripts runs scripts with the nile of a directory.
func runScripts(t *testing.T, p testscript.Params, dir string) {
	p.RequireExplicitExec = true
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("PATH", dir+":"+os.Getenv("PATH"))
		env.Setenv("BIN", dir)
		// A script's directory is for everybody: some run nile as another user.
		for dir := env.WorkDir; strings.Contains(dir, "script"); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				return err
			}
		}
		return nil
	}
	p.Cmds = map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"exitcode":   exitCode,
		"sendsignal": sendSignal,
		"waitnile":   waitForNile,
		"waitfor":    waitFor,
	}
	p.Condition = func(cond string) (bool, error) {
		switch cond {
		case "root":
			return os.Getuid() == 0, nil
		case "confined":
			return dir != bin || os.Getenv(profileVariable) != "", nil
		case "lowports": // does the kernel keep those below 1024?
			text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
			return err == nil && strings.TrimSpace(string(text)) == "1024", nil
		case "pidns":
			return canMakeNamespaces(), nil
		}
		if name, ok := strings.CutPrefix(cond, "cap:"); ok {
			return mayHave(name)
		}
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	testscript.Run(t, p)
}

// exitCode is the command `exitcode N CMD…`: CMD must end with code N.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N CMD [ARG…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if err != nil {
		ok := false
		if exit, ok = err.(*exec.ExitError); !ok { //nolint:errorlint // testscript hands it over bare
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			got = 128 + int(status.Signal())
		}
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// sendSignal is the command `sendsignal NAME`: it goes to the command that was
// last started in the background.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	background := ts.BackgroundCmds()
	if neg || len(args) != 1 || len(background) == 0 {
		ts.Fatalf("usage: sendsignal NAME, with a command in the background")
	}
	num, ok := supervisor.ParseSignal(args[0])
	if !ok {
		ts.Fatalf("no signal %q", args[0])
	}
	ts.Check(background[len(background)-1].Process.Signal(syscall.Signal(num)))
}

// waitForNile is the command `waitnile [TEXT]`: it waits until the nile that
// NILE_CONTROL names answers, and its status as JSON has the text.
func waitForNile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: waitnile [TEXT]")
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		err := ts.Exec("nile", "status", "-o", "json")
		if err == nil && (len(args) == 0 || strings.Contains(ts.ReadFile("stdout"), args[0])) {
			return
		}
	}
	ts.Fatalf("no nile answers, or never with that text; the last status:\n%s", ts.ReadFile("stdout"))
}

// waitFor is the command `waitfor REGEXP CMD [ARG…]`: it repeats CMD until it prints
// what matches.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: waitfor REGEXP CMD [ARG…]")
	}
	wanted, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil && wanted.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("it was never printed; the last output:\n%s", ts.ReadFile("stdout"))
}

// canMakeNamespaces tells whether this user may make a PID namespace here.
func canMakeNamespaces() bool {
	return exec.Command(filepath.Join(bin, "testprogram"), "namespace", "true").Run() == nil
}

// mayHave tells whether a program can have a capability here: a sandbox may have taken it from root.
func mayHave(name string) (bool, error) {
	number, ok := map[string]int{"net_bind_service": unix.CAP_NET_BIND_SERVICE, "sys_resource": unix.CAP_SYS_RESOURCE, "sys_ptrace": unix.CAP_SYS_PTRACE}[name]
	if !ok {
		return false, fmt.Errorf("unknown capability %q", name)
	}
	has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
	return has == 1 && os.Getuid() == 0, err
}
