package main

import (
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// lender is a kernel that knows to whom nile has lent its terminal, to take it back
// at the end: whoever runs nile would find itself in the background, where a read
// stops it or fails, see "The General Terminal Interface" in POSIX.
type lender struct {
	loop.Kernel
	group int // of the command that got the terminal; 0 where none did
}

// Start starts a command. A terminal that was lent before and has been taken back is lent
// again.
func (l *lender) Start(c *reaper.Command) (int, error) {
	if l.group != 0 {
		front, err := unix.IoctlGetInt(unix.Stdin, unix.TIOCGPGRP)
		c.Foreground = err == nil && front == unix.Getpgrp()
	}
	pid, err := l.Kernel.Start(c)
	if err == nil && c.Foreground {
		l.group = pid
	}
	return pid, err
}

// takeBack puts nile's own group in front again, which is the one of its caller
// if that is no shell with job control. A group that somebody else has put there,
// such a shell for example, stays. It is for the very end.
func (l *lender) takeBack() {
	if l.group == 0 {
		return
	}
	l.Drain(func(reaper.Exit) {}) // a zombie still counts as one of its group
	l.reclaim()
}

// watch passes notes on, and takes the terminal back when the command that has it is
// held: ^C would reach nobody else. A retry lends it again.
func (l *lender) watch(note func(supervisor.Note)) func(supervisor.Note) {
	return func(n supervisor.Note) {
		if n.Name != "" && n.To == string(supervisor.Held) && l.group != 0 {
			l.reclaim()
		}
		note(n)
	}
}

// reclaim puts nile's own group in front, if the command's is, or nobody.
func (l *lender) reclaim() {
	front, err := unix.IoctlGetInt(unix.Stdin, unix.TIOCGPGRP)
	// A shell that was killed leaves its job's group in front, empty.
	if err != nil || front != l.group && unix.Kill(-front, 0) != unix.ESRCH {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Who asks from the background gets SIGTTOU in place of the terminal, unless it
	// is blocked, see tcsetpgrp(3).
	var stop, before unix.Sigset_t
	stop.Val[0] = 1 << (unix.SIGTTOU - 1)
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &stop, &before)
	_ = unix.IoctlSetPointerInt(unix.Stdin, unix.TIOCSPGRP, unix.Getpgrp())
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
}
