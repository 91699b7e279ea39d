package reaper

import (
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a command and returns its process id. It returns when the
// command has been executed or has failed to; a failure is always a
// [*StartError], and then no process is left. It waits for nothing else, and
// never retries: a Temporary error is the caller's to try again later.
func (r *Reaper) Start(c *Command) (pid int, err error) {
	attr, failure := r.attributes(c)
	if failure == nil {
		pid, failure = r.start(c, attr)
	}
	if failure != nil {
		return 0, failure.as(commandName(c))
	}
	r.enter(pid, c)
	return pid, nil
}

func commandName(c *Command) string {
	if len(c.Argv) == 0 {
		return ""
	}
	return c.Argv[0]
}

// start takes the short way where it leads there.
func (r *Reaper) start(c *Command, attr *syscall.ProcAttr) (int, *StartError) {
	if c.needsTrampoline() {
		return r.startByTrampoline(c, attr)
	}
	pid, failure := startPlain(c, attr)
	if failure != nil && attr.Sys.Credential != nil && (failure.Err == unix.EPERM || failure.Err == unix.EACCES) {
		// ForkExec does not say which step was refused, and it changes the
		// user before the directory, so that it cannot enter one that only nile
		// may enter. The trampoline does both better; nothing happened yet.
		return r.startByTrampoline(c, attr)
	}
	return pid, failure
}

// attributes checks the command and translates it for ForkExec.
func (r *Reaper) attributes(c *Command) (*syscall.ProcAttr, *StartError) {
	if failure := c.check(); failure != nil {
		return nil, failure
	}
	sys := &syscall.SysProcAttr{
		Setpgid: c.Isolation == NewGroup,
		Setsid:  c.Isolation == NewSession,
	}
	switch {
	case !c.Foreground:
	case c.Isolation == NewGroup:
		sys.Foreground, sys.Ctty = true, c.TTY
	case c.Isolation == NewSession:
		sys.Setctty, sys.Ctty = true, slices.Index(c.Files, uintptr(c.TTY))
	}
	if c.Credential != nil && !c.Credential.isNile() {
		sys.Credential = &syscall.Credential{
			Uid: c.Credential.UID, Gid: c.Credential.GID,
			Groups: c.Credential.Groups, NoSetGroups: !c.Credential.SetGroups,
		}
	}
	env := c.Env
	if cookie := r.cookieFor(c); cookie != "" {
		env = append(slices.Clip(env), cookie)
	}
	return &syscall.ProcAttr{Dir: c.Dir, Env: env, Files: c.Files, Sys: sys}, nil
}

func (r *Reaper) cookieFor(c *Command) string {
	if !c.Cookie {
		return ""
	}
	return r.cookie(c.Owner)
}

// check finds what no kernel call would name well.
func (c *Command) check() *StartError {
	if len(c.Argv) == 0 {
		return &StartError{Op: opCheck, Detail: "the command is empty", Err: unix.EINVAL}
	}
	for _, list := range [][]string{c.Argv, c.Env, {c.Dir}} {
		for _, text := range list {
			if strings.IndexByte(text, 0) >= 0 {
				return &StartError{Op: opCheck, Err: unix.EINVAL,
					Detail: "a NUL byte in its arguments, environment or directory"}
			}
		}
	}
	if c.Foreground && c.Isolation == SameGroup {
		return &StartError{Op: opCheck, Err: unix.EINVAL,
			Detail: "the foreground of a terminal needs a group or session of its own"}
	}
	if c.Foreground && c.Isolation == NewSession && !slices.Contains(c.Files, uintptr(c.TTY)) {
		return &StartError{Op: opCheck, Err: unix.EINVAL,
			Detail: "the controlling terminal of a new session must be one of its files"}
	}
	return nil
}

// startPlain starts a command by ForkExec, trying the elements of PATH in turn.
func startPlain(c *Command, attr *syscall.ProcAttr) (int, *StartError) {
	var denied *StartError
	for _, path := range candidates(c.Argv[0], searchPath(c.Env)) {
		// A fork for every element of PATH would be dear; only what is there,
		// or cannot be looked at, is worth one.
		if !exists(from(c.Dir, path)) {
			continue
		}
		pid, err := syscall.ForkExec(path, c.Argv, attr)
		if err == nil {
			return pid, nil
		}
		failure := forkFailure(c, err)
		if failure == nil {
			failure = checkDir(c.Dir)
		}
		if failure != nil {
			return 0, failure
		}
		failure = execFailure(c, path, err.(syscall.Errno))
		if failure.endsSearch() {
			return 0, failure
		}
		if denied == nil && failure.Err == unix.EACCES {
			denied = failure
		}
	}
	if failure := checkDir(c.Dir); failure != nil {
		return 0, failure
	}
	if denied != nil {
		return 0, denied
	}
	return 0, notFound(c)
}

// forkFailure finds the step before chdir and execve that made ForkExec fail,
// which it does not tell; nil if it was none of them.
func forkFailure(c *Command, err error) *StartError {
	errno, ok := err.(syscall.Errno)
	if !ok {
		return &StartError{Op: opFork, Detail: err.Error(), Err: unix.EINVAL}
	}
	failure := &StartError{Op: opFork, Err: errno}
	switch {
	case failure.Temporary():
		return failure
	case errno == unix.ENOTTY, c.Foreground && errno == unix.EPERM:
		return &StartError{Op: "give it the foreground of its terminal", Err: errno}
	case errno == unix.EBADF:
		return &StartError{Op: "pass on its files", Err: errno}
	}
	return nil
}

// checkDir reports what is wrong with a working directory, as nile sees it.
func checkDir(dir string) *StartError {
	if dir == "" {
		return nil
	}
	var info unix.Stat_t
	err := unix.Stat(dir, &info)
	if err == nil && info.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = unix.ENOTDIR
	}
	if err == nil {
		err = unix.Access(dir, unix.X_OK)
	}
	if err == nil {
		return nil
	}
	return &StartError{Op: opChdir, Path: dir, Err: err.(syscall.Errno)}
}
