// Package spawn starts the programs that are measured and ends them and all that
// they started, by process id and within a set time. It waits for every child of
// the process, so nobody else may wait for children while its programs run.
package spawn

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a program that was started.
type Process struct {
	PID  int
	name string
	done chan syscall.WaitStatus
}

// Options are how a program is started. The zero value is usable.
type Options struct {
	Env []string // entries to add to the benchmark's own environment
	Dir string   // working directory; the benchmark's own if empty
	Log string   // file that takes what the program says; /dev/null if empty
	// Container makes the program PID 1 of a PID namespace that has its own /proc.
	// That needs root.
	Container bool
}

// mountProc becomes its arguments after it has mounted the /proc of its namespace.
const mountProc = `mount -t proc proc /proc && exec "$@"`

// Adopt makes the benchmark the parent of what a program leaves behind, so that
// Sweep finds it: prctl(2), PR_SET_CHILD_SUBREAPER.
func Adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot become child subreaper: %w", err)
	}
	return nil
}

// Start starts a program, by the path that is the first element of argv, with an
// empty standard input.
func Start(argv []string, options Options) (*Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	log := null
	if options.Log != "" {
		// Both of its streams append, so that neither writes over the other.
		log, err = os.OpenFile(options.Log, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("cannot keep what %s says: %w", argv[0], err)
		}
		defer log.Close()
	}
	p := &Process{name: argv[0], done: make(chan syscall.WaitStatus, 1)}
	attributes := &syscall.SysProcAttr{}
	if options.Container {
		attributes.Cloneflags = syscall.CLONE_NEWPID
		attributes.Unshareflags = syscall.CLONE_NEWNS // the mount is to be seen nowhere else
		argv = append([]string{"/bin/sh", "-c", mountProc, "sh"}, argv...)
	}
	p.PID, err = syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Dir:   options.Dir,
		Env:   append(os.Environ(), options.Env...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   attributes,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", p.name, err)
	}
	go p.wait()
	return p, nil
}

func (p *Process) wait() {
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.PID, &status, 0, nil)
		if !errors.Is(err, syscall.EINTR) {
			p.done <- status
			return
		}
	}
}

// Stop sends the program a signal, waits for its end, and kills it when it takes
// longer than patience. What it started and left behind is Sweep's.
func (p *Process) Stop(signal syscall.Signal, patience time.Duration) (syscall.WaitStatus, error) {
	// Not reaped yet, or the status is in the channel and the number may be
	// another's: look first.
	select {
	case status := <-p.done:
		return status, fmt.Errorf("%s ended by itself, with %s", p.name, describe(status))
	default:
	}
	if err := syscall.Kill(p.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return 0, fmt.Errorf("cannot stop %s, process %d: %w", p.name, p.PID, err)
	}
	select {
	case status := <-p.done:
		return status, nil
	case <-time.After(patience):
	}
	_ = syscall.Kill(p.PID, syscall.SIGKILL)
	select {
	case status := <-p.done:
		return status, nil
	case <-time.After(patience):
		return 0, fmt.Errorf("%s, process %d, does not end even of SIGKILL", p.name, p.PID)
	}
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return status.Signal().String()
	}
	return fmt.Sprintf("exit code %d", status.ExitStatus())
}

// Sweep kills and reaps all that descends from the benchmark. To be called when
// no Process runs.
func Sweep(patience time.Duration) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if !reapAll() {
			return nil
		}
		left, err := Descendants(os.Getpid())
		if err != nil {
			return err
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v do not end even of SIGKILL", left)
		}
	}
}

// reapAll reaps what has ended and reports whether any child is left.
func reapAll() bool {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return false
		case pid == 0:
			return true
		}
	}
}
