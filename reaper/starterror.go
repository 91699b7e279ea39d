package reaper

import (
	"strconv"
	"syscall"
)

// StartError says why a command did not start. It comes from the step Op.
type StartError struct {
	// Command is Argv[0] as it was asked for.
	Command string
	// Op is the step that failed in words that follow "cannot", such as "fork",
	// "enter the directory" or "become the user"; "execute" is the execution of
	// the command itself, after everything else.
	Op string
	// Path is what the step failed on, if it is something that has a name: the
	// file that was executed, the directory, the user id.
	Path string
	// Detail is the cause in words, where more is known than the errno says.
	Detail string
	// Err is the errno.
	Err syscall.Errno

	missing bool // the command itself does not exist
}

// The steps of a start that several places name.
const (
	opCheck = "use the command"
	opExec  = "execute"
	opFork  = "fork"
	opChdir = "enter the directory"
	opUser  = "become the user"
)

// Error names the command, the step, what it failed on and the cause.
func (e *StartError) Error() string {
	text := "cannot start " + strconv.Quote(e.Command) + ": "
	switch {
	case e.Op == opExec:
		if e.Path != "" && e.Path != e.Command {
			text += e.Path + ": "
		}
	case e.Op == opCheck:
	case e.Path != "":
		text += "cannot " + e.Op + " " + e.Path + ": "
	default:
		text += "cannot " + e.Op + ": "
	}
	if e.Detail != "" {
		return text + e.Detail
	}
	return text + e.Err.Error()
}

// Unwrap returns the errno.
func (e *StartError) Unwrap() error { return e.Err }

// ExitCode is the code that env(1), tini or a container runtime would exit with:
// 127 if execve(2) finds no such file, be it the command or its interpreter, 126
// if it was found and cannot be executed (permission, format, a directory), 125
// for everything that failed before.
func (e *StartError) ExitCode() int {
	if e.Op != opExec || e.Temporary() {
		return 125
	}
	if e.Err == syscall.ENOENT {
		return 127
	}
	return 126
}

// Temporary reports whether the same start may succeed later because only a
// resource was short: EAGAIN, ENOMEM, EMFILE, ENFILE.
func (e *StartError) Temporary() bool {
	switch e.Err {
	case syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE:
		return true
	}
	return false
}

// as gives an error its command.
func (e *StartError) as(command string) *StartError {
	e.Command = command
	return e
}
