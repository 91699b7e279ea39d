package main

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/reaper"
)

// inNewGroup runs the command in a group of its own, and gives that group the
// terminal that the descriptor is, if it controls nile's session.
func inNewGroup(terminal int) func(*reaper.Command) {
	return func(c *reaper.Command) {
		c.Isolation = reaper.NewGroup
		c.TTY = terminal
		c.Foreground = controls(terminal)
	}
}

// controls tells whether a descriptor is the terminal that controls nile's session:
// only of that one may a group be put in front, see tcsetpgrp(3).
func controls(fd int) bool {
	_, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil
}

// giveUpTerminal makes nile's session one without a terminal, so that the command's
// can have it. The error says why there was none to give up; free tells whether
// the terminal is without a session now, which takes the session's leader.
//
// The kernel sends the group in front SIGHUP and SIGCONT for it, see ioctl_tty(2).
// They are nobody's message to the command: for as long as this takes, nile
// ignores them, so that the kernel drops them.
func giveUpTerminal(fd int) (free bool, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer ignore(syscall.SIGHUP, syscall.SIGCONT)()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), unix.TIOCNOTTY, 0); errno != 0 {
		return false, errno
	}
	session, err := unix.Getsid(0)
	return err == nil && session == unix.Getpid(), nil
}

// ignore ignores signals past Go's runtime, until the function that it returns is
// called. They must not be blocked meanwhile, as the kernel keeps what is blocked.
func ignore(signals ...syscall.Signal) (restore func()) {
	const (
		setSize = 8 // bytes in the kernel's set of signals
		sigIgn  = 1
	)
	var set, mask unix.Sigset_t
	for _, sig := range signals {
		bits := 8 * unsafe.Sizeof(set.Val[0])
		set.Val[uintptr(sig-1)/bits] |= 1 << (uintptr(sig-1) % bits)
	}
	_ = unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, &mask)
	// The kernel's struct sigaction begins with the handler; the rest is restored
	// as it was.
	ignored := [8]uintptr{sigIgn}
	before := make([][8]uintptr, len(signals))
	for i, sig := range signals {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
			uintptr(unsafe.Pointer(&ignored)), uintptr(unsafe.Pointer(&before[i])), setSize, 0, 0)
	}
	return func() {
		for i, sig := range signals {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
				uintptr(unsafe.Pointer(&before[i])), 0, setSize, 0, 0)
		}
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
	}
}
