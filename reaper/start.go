package reaper

import (
	"slices"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// Start starts a command and returns its process id. It returns when the
// command has been executed or has failed to; a failure is always a
// [*StartError], and then no process is left. It waits for nothing else, and
// never retries: a Temporary error is the caller's to try again later.
func (r *Reaper) Start(c *Command) (pid int, err error) {
	failure := c.check()
	if failure == nil {
		pid, failure = r.start(c)
	}
	if failure != nil {
		return 0, failure.as(commandName(c))
	}
	r.enter(pid, c)
	return pid, nil
}

func (r *Reaper) start(c *Command) (int, *StartError) {
	paths := c.paths()
	if len(paths) == 0 {
		// Worth no process, and a missing directory may be the reason.
		if failure := checkDir(c.Dir); failure != nil {
			return 0, failure
		}
		return 0, notFound(c)
	}
	cookie := ""
	if c.Cookie {
		cookie = r.cookie(c.Owner)
	}
	if c.Freeze {
		pid, failure, err := r.launch(c, paths, cookie, true)
		if err == nil {
			return pid, failure
		}
		c.Freeze = false
		if c.NotFrozen != nil {
			c.NotFrozen(&FreezeError{err})
		}
	}
	pid, failure, _ := r.launch(c, paths, cookie, false)
	return pid, failure
}

// launch makes the process. The error is why it cannot be traced; there is none then.
func (r *Reaper) launch(c *Command, paths []string, cookie string, traced bool) (pid int, failure *StartError, err error) {
	p := r.plan
	p.begin(c, cookie)
	if traced {
		p.closeGate()
	}
	procs, failure := p.prepare(paths)
	if procs >= 0 {
		defer syscall.Close(procs)
	}
	if failure != nil {
		return 0, failure, nil
	}
	if c.Credential != nil {
		defer keepDumpable()()
	}
	if traced {
		return p.runTraced()
	}
	pid, failure = p.run()
	return pid, failure, nil
}

// paths are the candidates for the command that are there or cannot be looked at.
func (c *Command) paths() []string {
	return slices.DeleteFunc(candidates(c.Argv[0], searchPath(c.Env)), func(path string) bool {
		return !exists(from(c.Dir, path))
	})
}

// keepDumpable returns what puts nile's own dumpable flag back, prctl(2): it is a
// property of the memory, and so the change of the user in a child that shares the
// memory clears it, until the next execve.
func keepDumpable() func() {
	before, err := linux.PrctlRetInt(syscall.PR_GET_DUMPABLE, 0, 0, 0, 0)
	return func() {
		if err == nil && before == 1 {
			_ = linux.Prctl(syscall.PR_SET_DUMPABLE, 1, 0, 0, 0)
		}
	}
}

func commandName(c *Command) string {
	if len(c.Argv) == 0 {
		return ""
	}
	return c.Argv[0]
}

// check finds what no kernel call would name well.
func (c *Command) check() *StartError {
	if len(c.Argv) == 0 {
		return &StartError{Op: opCheck, Detail: "the command is empty", Err: syscall.EINVAL}
	}
	for _, list := range [][]string{c.Argv, c.Env, {c.Dir}} {
		for _, text := range list {
			if ascii.IndexByte(text, 0) >= 0 {
				return &StartError{Op: opCheck, Err: syscall.EINVAL,
					Detail: "a NUL byte in its arguments, environment or directory"}
			}
		}
	}
	if c.Foreground && c.Isolation == SameGroup {
		return &StartError{Op: opCheck, Err: syscall.EINVAL,
			Detail: "the foreground of a terminal needs a group or session of its own"}
	}
	if c.Foreground && c.Isolation == NewSession && !slices.Contains(c.Files, uintptr(c.TTY)) {
		return &StartError{Op: opCheck, Err: syscall.EINVAL,
			Detail: "the controlling terminal of a new session must be one of its files"}
	}
	return nil
}

// checkDir reports what is wrong with a working directory, as nile sees it.
func checkDir(dir string) *StartError {
	if dir == "" {
		return nil
	}
	var info syscall.Stat_t
	err := syscall.Stat(dir, &info)
	if err == nil && info.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = syscall.Access(dir, linux.X_OK)
	}
	if err == nil {
		return nil
	}
	return &StartError{Op: opChdir, Path: dir, Err: err.(syscall.Errno)}
}
