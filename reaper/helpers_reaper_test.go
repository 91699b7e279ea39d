package reaper

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The helpers in this file have a Reaper of their own.

// inheritLimits prints the limits of two children.
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
