package main

import (
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/nile-init/nile/reaper"
)

// witness is the kernel of a standIn: the real one, which it uses as that program
// would, and tells the program's voice of what happens.
type witness struct {
	*reaper.Reaper
	*standIn
	main int // the process id of the command
}

// shell is what execvp(3) runs a file with that is no program and has no #! line.
const shell = "/bin/sh"

// Start starts the command as execvp(3) does.
func (w *witness) Start(c *reaper.Command) (int, error) {
	command := *c
	if w.place != nil {
		w.place(&command)
	}
	pid, err := w.Reaper.Start(&command)
	var failure *reaper.StartError
	if errors.As(err, &failure) && command.Foreground && failure.ExitCode() == exitOwnFault && !failure.Temporary() {
		command.Foreground = false // better without the terminal than not at all
		pid, err = w.Reaper.Start(&command)
	}
	if errors.As(err, &failure) && failure.Err == syscall.ENOEXEC && failure.Path != shell {
		command.Argv = slices.Concat([]string{shell, failure.Path}, c.Argv[1:])
		pid, err = w.Reaper.Start(&command)
	}
	if err != nil {
		if errors.As(err, &failure) && !failure.Temporary() {
			err = &refusal{failure, w.voice.cannotStart(c.Argv[0], reason(c.Argv[0], failure))}
		}
		return 0, err
	}
	w.main = pid
	if w.leaveDirectory {
		_ = syscall.Chdir("/")
	}
	w.voice.started(c.Argv[0], pid)
	return pid, nil
}

// reason is the errno that execvp(3) gives for a command. The reaper calls all that
// is not there missing.
func reason(command string, failure *reaper.StartError) syscall.Errno {
	var info syscall.Stat_t
	if errno, ok := syscall.Stat(command, &info).(syscall.Errno); ok && strings.Contains(command, "/") {
		return errno
	}
	return failure.Err
}

// refusal is a start that failed for good, with the exit code of the program that
// nile stands in for.
type refusal struct {
	*reaper.StartError
	code int
}

func (r *refusal) ExitCode() int { return r.code }

func (w *witness) Signal(pid int, sig syscall.Signal, scope reaper.Scope) (int, error) {
	n, err := w.Reaper.Signal(pid, sig, scope)
	if err == nil {
		w.voice.passedOn(int(sig))
	}
	return n, err
}

func (w *witness) SignalStraysOfGroup(owner string, sig syscall.Signal) int {
	n := w.Reaper.SignalStraysOfGroup(owner, sig)
	w.voice.passedOn(int(sig))
	return n
}

func (w *witness) Drain(fn func(reaper.Exit)) {
	first := true
	w.Reaper.Drain(func(e reaper.Exit) {
		if first {
			w.voice.reaping()
			first = false
		}
		w.tell(e)
		fn(e)
	})
}

// tell tells of a process that has been reaped.
func (w *witness) tell(e reaper.Exit) {
	w.voice.reaped(e.PID, e.Status, e.PID == w.main)
}
