package reaper

import (
	"slices"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/startstate"
)

// The steps of a start that only this file names.
const (
	opCgroup     = "enter the cgroup through"
	opFiles      = "pass on its files"
	opForeground = "give it the foreground of its terminal"
)

// prepare plans the whole way of a child to its command. procs is a descriptor for
// the caller to close after the start, or -1.
func (p *plan) prepare(paths []string) (procs int, failure *StartError) {
	c := p.command
	procs = -1
	if c.Cgroup != "" {
		if procs, failure = p.cgroup(); failure != nil {
			return procs, failure
		}
	}
	p.isolation()
	p.signalActions()
	chdir := none
	if c.Dir != "" {
		// As nile, which may be allowed what the user of the command is not.
		chdir = p.try(errnos(syscall.EACCES), p.enter(), syscall.SYS_CHDIR, p.text(c.Dir))
	}
	p.files()
	p.limits()
	if failure := p.identity(); failure != nil {
		return procs, failure
	}
	if c.Dir != "" {
		// As runc: what nile itself may not enter the new user perhaps may.
		again := p.call(p.enter(), syscall.SYS_CHDIR, p.text(c.Dir))
		p.steps[again].unless = chdir
	}
	if c.NoNewPrivileges {
		p.call(StartError{Op: "set no_new_privs"}, syscall.SYS_PRCTL, linux.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	p.signalMask()
	p.execute(paths)
	return procs, nil
}

func (p *plan) enter() StartError { return StartError{Op: opChdir, Path: p.command.Dir} }

// cgroup plans the change of the cgroup.
//
// Not by CLONE_INTO_CGROUP: once cgroup.kill has been used, some kernels (6.18 is
// one) kill all that is cloned into that cgroup later; and container engines filter
// clone3(2).
func (p *plan) cgroup() (procs int, failure *StartError) {
	says := StartError{Op: opCgroup, Path: p.command.Cgroup + "/cgroup.procs"}
	procs, err := syscall.Open(says.Path, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		says.Err = err.(syscall.Errno)
		return -1, &says
	}
	// 0 stands for the writer, cgroups(7).
	p.call(says, syscall.SYS_WRITE, uintptr(procs), p.text("0"), 1)
	return procs, nil
}

// isolation plans the group, the session and the terminal.
func (p *plan) isolation() {
	c := p.command
	switch c.Isolation {
	case SameGroup:
	case NewGroup:
		p.call(StartError{Op: "make its process group"}, syscall.SYS_SETPGID, 0, 0)
		if c.Foreground {
			// Signals are blocked, so that SIGTTOU does not stop it.
			p.call(StartError{Op: opForeground}, syscall.SYS_IOCTL,
				uintptr(c.TTY), syscall.TIOCSPGRP, uintptr(unsafe.Pointer(&p.pid)))
		}
	case NewSession:
		p.call(StartError{Op: "make its session"}, syscall.SYS_SETSID)
		if c.Foreground {
			p.call(StartError{Op: opForeground}, syscall.SYS_IOCTL, uintptr(c.TTY), syscall.TIOCSCTTY, 1)
		}
	}
}

// signalActions plans that a signal is ignored if it was when nile was started, and
// that nile's own handler never runs in the child.
func (p *plan) signalActions() {
	const sigIgn = 1
	p.ignore[0] = sigIgn
	for num := 1; num <= 64; num++ {
		action := &p.standard
		if startstate.Ignored().Has(num) {
			action = &p.ignore
		}
		p.try(anyError, StartError{}, syscall.SYS_RT_SIGACTION, uintptr(num), uintptr(unsafe.Pointer(action)), 0, setSize)
	}
}

const setSize = 8 // bytes in a set of signals

// signalMask plans the mask that nile was started with.
func (p *plan) signalMask() {
	p.blocked = uint64(startstate.Blocked())
	p.try(anyError, StartError{}, syscall.SYS_RT_SIGPROCMASK, linux.SIG_SETMASK, uintptr(unsafe.Pointer(&p.blocked)), 0, setSize)
}

// closed in Command.Files leaves a descriptor closed.
const closed = ^uintptr(0)

// files plans the descriptors. Files has nile's numbers, which may be those that
// others of the child's are to get.
func (p *plan) files() {
	files := p.command.Files
	says := StartError{Op: opFiles}
	saved := make(map[int]int)
	for i, fd := range files {
		if fd != closed && int(fd) < i {
			saved[i] = p.call(says, syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, uintptr(len(files)))
		}
	}
	for i, fd := range files {
		switch at, moved := saved[i]; {
		case fd == closed:
			p.try(anyError, says, syscall.SYS_CLOSE, uintptr(i))
		case moved:
			dup := p.call(says, syscall.SYS_DUP3, 0, uintptr(i), 0)
			p.steps[dup].first = at
		case int(fd) == i:
			p.call(says, syscall.SYS_FCNTL, fd, syscall.F_SETFD, 0) // not close-on-exec
		default:
			p.call(says, syscall.SYS_DUP3, fd, uintptr(i), 0)
		}
	}
	for i := len(files); i < 3; i++ {
		p.try(anyError, says, syscall.SYS_CLOSE, uintptr(i))
	}
	switch at := p.command.ExtraAt; {
	case at < 3:
	case int(p.command.Extra) == at:
		p.call(says, syscall.SYS_FCNTL, p.command.Extra, syscall.F_SETFD, 0)
	default:
		p.call(says, syscall.SYS_DUP3, p.command.Extra, uintptr(at), 0)
	}
}

// execute plans the search for the command as execvp(3) does it, from inside the
// child's directory and with its rights: it goes on where it is denied. One thing
// differs: a script whose interpreter is missing ends the search, since a command of
// the same name further on is hardly what was meant. That and a missing command are
// the same ENOENT, but nile has looked before.
func (p *plan) execute(paths []string) {
	argv, envv := uintptr(unsafe.Pointer(&p.texts(p.command.Argv, "")[0])), p.environment()
	for _, path := range paths {
		goOn := errnos(syscall.EACCES, syscall.ENODEV)
		var info syscall.Stat_t
		if syscall.Stat(from(p.command.Dir, path), &info) != nil {
			goOn |= errnos(syscall.ENOENT, syscall.ENOTDIR)
		}
		i := p.try(goOn, StartError{Op: opExec, Path: path}, syscall.SYS_EXECVE, p.text(path), argv, envv)
		p.steps[i].code = 126
	}
}

// environment is an argument that points to the environment, with room for the
// child's process id where that is to be.
func (p *plan) environment() uintptr {
	const room = "0123456789\x00" // as much as the highest process id needs
	env, name := p.command.Env, p.command.PIDVariable+"="
	i := slices.IndexFunc(env, func(entry string) bool { return ascii.HasPrefix(entry, name) })
	if name == "=" || i < 0 {
		return uintptr(unsafe.Pointer(&p.texts(env, p.cookie)[0]))
	}
	env = slices.Clone(env)
	env[i] = name + room
	list := p.texts(env, p.cookie)
	p.digits = (*byte)(unsafe.Add(unsafe.Pointer(list[i]), len(name)))
	return uintptr(unsafe.Pointer(&list[0]))
}
