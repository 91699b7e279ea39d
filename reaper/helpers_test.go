package reaper

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runHelper is a helper program: its exit code.
func runHelper(name string, args []string) int {
	program, ok := map[string]func([]string) error{
		"linger":     linger,
		"stray":      leaveStray,
		"hop":        hop,
		"tree":       growTree,
		"on-demand":  forkOnDemand,
		"files":      printFiles,
		"limits":     inheritLimits,
		"eagain":     meetForkLimit,
		"foreground": takeForeground,
		"degraded":   withoutSubreaper,
		"subreaper":  asSubreaper,
	}[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no helper", name)
		return 99
	}
	if err := program(args); err != nil {
		fmt.Fprintf(os.Stderr, "helper %s: %v\n", name, err)
		return 98
	}
	return 0
}

// fork starts another helper without waiting for it.
func fork(env []string, sys *syscall.SysProcAttr, name string, args ...string) error {
	_, err := syscall.ForkExec(self, helper(name, args...), &syscall.ProcAttr{
		Env: env, Files: stdio, Sys: sys,
	})
	return err
}

// announce appends the helper's process id to a file.
func announce(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return err
}

// linger FILE announces itself and stays, but not for ever.
func linger(args []string) error {
	if err := announce(args[0]); err != nil {
		return err
	}
	time.Sleep(2 * time.Minute)
	return nil
}

// strayKinds are the ways out of the sight of a supervisor: how the lingering
// process is forked.
var strayKinds = map[string]struct {
	empty  bool // with an emptied environment
	group  bool // in a process group of its own
	sid    bool // in a session of its own
	double bool // by a middle process that ends, the daemon's way
}{
	"plain":                {},
	"group":                {group: true},
	"session":              {sid: true},
	"double fork":          {double: true},
	"double fork, session": {double: true, sid: true},
	"empty":                {empty: true},
	"empty, group":         {empty: true, group: true},
	"empty, session":       {empty: true, sid: true},
	"daemon":               {empty: true, double: true, sid: true},
}

// leaveStray KIND FILE THEN leaves a lingering process of that kind behind and
// then ends, or with THEN "stay" lingers too. As "middle" it is the process in
// the middle of a double fork.
func leaveStray(args []string) error {
	kind := strayKinds[args[0]]
	env := os.Environ()
	if kind.empty {
		env = nil
	}
	sys := &syscall.SysProcAttr{Setsid: kind.sid, Setpgid: kind.group && !kind.sid}
	switch {
	case args[2] == "middle":
		return fork(env, &syscall.SysProcAttr{}, "linger", args[1])
	case kind.double:
		if err := fork(env, sys, "stray", args[0], args[1], "middle"); err != nil {
			return err
		}
	default:
		if err := fork(env, sys, "linger", args[1]); err != nil {
			return err
		}
	}
	if args[2] == "stay" {
		time.Sleep(2 * time.Minute)
	}
	return nil
}

// hop FILE LEFT forks its successor and ends, over and over, so that its process
// id changes faster than it can be looked up and killed.
func hop(args []string) error {
	left, err := strconv.Atoi(args[1])
	if err != nil || left == 0 {
		return err
	}
	if err := announce(args[0]); err != nil {
		return err
	}
	return fork(os.Environ(), nil, "hop", args[0], strconv.Itoa(left-1))
}

// growTree FILE DEPTH forks two children of itself down to depth 0; all linger.
func growTree(args []string) error {
	depth, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range 2 {
		if depth == 0 {
			break
		}
		if err := fork(os.Environ(), nil, "tree", args[0], strconv.Itoa(depth-1)); err != nil {
			return err
		}
	}
	return linger(args)
}

// forkOnDemand FILE forks a lingering child whenever it gets SIGUSR1.
func forkOnDemand(args []string) error {
	wanted := make(chan os.Signal, 1)
	signal.Notify(wanted, syscall.SIGUSR1)
	if err := announce(args[0]); err != nil {
		return err
	}
	for range wanted {
		if err := fork(os.Environ(), nil, "linger", args[0]); err != nil {
			return err
		}
	}
	return nil
}

// printFiles FILE… prints files.
func printFiles(args []string) error {
	for _, path := range args {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		os.Stdout.Write(text)
	}
	return nil
}

// inheritLimits prints the limits of a child that is started by ForkExec and of
// one that goes through the trampoline.
func inheritLimits([]string) error {
	r, err := New()
	if err != nil {
		return err
	}
	umask := 0o027
	for _, mask := range []*int{nil, &umask} {
		pid, err := r.Start(&Command{Argv: []string{"cat", "/proc/self/limits"}, Files: stdio, Umask: mask})
		if err != nil {
			return err
		}
		waitFor(r, pid)
	}
	return nil
}

// waitFor drains until a process has been reaped and returns its exit.
func waitFor(r *Reaper, pid int) (end Exit) {
	for end.PID != pid {
		r.Drain(func(exit Exit) {
			if exit.PID == pid {
				end = exit
			}
		})
		time.Sleep(time.Millisecond)
	}
	return end
}

// meetForkLimit checks that a start that fails for lack of processes is
// temporary, and that the same start works when there are some.
func meetForkLimit([]string) error {
	r, err := New()
	if err != nil {
		return err
	}
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &before); err != nil {
		return err
	}
	none := before
	none.Cur = 0
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &none); err != nil {
		return err
	}
	command := &Command{Argv: []string{"true"}}
	_, err = r.Start(command)
	unix.Setrlimit(unix.RLIMIT_NPROC, &before)
	var failure *StartError
	if !errors.As(err, &failure) || !failure.Temporary() || failure.Err != unix.EAGAIN || failure.ExitCode() != 125 {
		return fmt.Errorf("without processes: %v", err)
	}
	pid, err := r.Start(command)
	if err != nil {
		return fmt.Errorf("with processes again: %w", err)
	}
	if end := waitFor(r, pid); end.Status.ExitStatus() != 0 {
		return fmt.Errorf("status %#x", int(end.Status))
	}
	return nil
}

// takeForeground, with a controlling terminal on descriptor 0, starts a child in
// the foreground and checks that the terminal agrees.
func takeForeground(args []string) error {
	r, err := New()
	if err != nil {
		return err
	}
	pid, err := r.Start(&Command{
		Argv: helper("linger", args[0]), Files: stdio,
		Isolation: NewGroup, Foreground: true, TTY: 0,
	})
	if err != nil {
		return err
	}
	group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	if err != nil || group != pid {
		return fmt.Errorf("foreground group %d, want %d (%v)", group, pid, err)
	}
	// ^C at the terminal reaches the child's group, and not this one.
	if _, err := r.Signal(pid, unix.SIGKILL, Group); err != nil {
		return err
	}
	waitFor(r, pid)
	return nil
}

// withoutSubreaper FILE looks for a stray that has been adopted by somebody
// else, as happens where the kernel refuses PR_SET_CHILD_SUBREAPER.
func withoutSubreaper(args []string) error {
	r, err := New()
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); err != nil {
		return err
	}
	r.adopts = false
	pid, err := r.Start(&Command{
		Owner: "lost", Cookie: true, Files: stdio,
		Argv: helper("stray", "double fork, session", args[0], "end"),
	})
	if err != nil {
		return err
	}
	waitFor(r, pid)
	deadline := time.Now().Add(30 * time.Second)
	for len(numbersIn(args[0])) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	stray := numbersIn(args[0])[0]
	for r.Strays("lost") != 1 { // until the middle process has ended
		if time.Now().After(deadline) {
			return fmt.Errorf("%d strays, want 1", r.Strays("lost"))
		}
		time.Sleep(time.Millisecond)
	}
	if n := r.SignalStrays("lost", unix.SIGKILL); n != 1 {
		return fmt.Errorf("%d killed, want 1", n)
	}
	for isAlive(stray) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if isAlive(stray) || r.HasStrays() {
		return errors.New("the stray lives on")
	}
	return nil
}

// asSubreaper FILE is not PID 1 and adopts an orphan.
func asSubreaper(args []string) error {
	if os.Getpid() == 1 {
		return errors.New("this helper must not be PID 1")
	}
	r, err := New()
	if err != nil {
		return err
	}
	pid, err := r.Start(&Command{Owner: "parent", Argv: helper("stray", "session", args[0], "end"), Files: stdio})
	if err != nil {
		return err
	}
	waitFor(r, pid)
	for len(numbersIn(args[0])) == 0 {
		time.Sleep(time.Millisecond)
	}
	stray := numbersIn(args[0])[0]
	text, err := os.ReadFile("/proc/" + strconv.Itoa(stray) + "/status")
	if err != nil {
		return err
	}
	if want := "PPid:\t" + strconv.Itoa(os.Getpid()) + "\n"; !strings.Contains(string(text), want) {
		return fmt.Errorf("the orphan's parent is not this process:\n%s", text)
	}
	if r.SignalStrays("", unix.SIGKILL) != 1 {
		return errors.New("the orphan was not found")
	}
	waitFor(r, stray)
	return nil
}
