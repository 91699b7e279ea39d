package reaper

import (
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// RunTrampolineIfAsked turns the process into the command of a [Reaper.Start]
// if it was executed for that purpose, and never returns then; otherwise it
// does nothing. A program that uses Start calls it first thing in main, and a
// test first thing in TestMain.
func RunTrampolineIfAsked() {
	if len(os.Args) < 4 || os.Args[0] != trampolineName {
		return
	}
	// Capabilities and no_new_privs belong to a thread, and execve takes those
	// of the thread that calls it.
	runtime.LockOSThread()
	s, failure := decodeSettings(os.Args[1])
	if failure == nil {
		s.start.Dir, s.start.Argv, s.start.Env = os.Args[2], os.Args[3:], syscall.Environ()
		unix.CloseOnExec(s.report)
		failure = s.run().as(os.Args[3])
		_, err := unix.Write(s.report, []byte(failure.report()))
		if err == nil {
			os.Exit(failure.ExitCode())
		}
	}
	// Nobody listens: the program was executed under this name by hand.
	_, _ = os.Stderr.WriteString(trampolineName + ": " + failure.Error() + "\n")
	os.Exit(failure.ExitCode())
}

// run applies everything, in an order in which each step still has the rights
// that it needs, and executes the command; it returns only if something failed.
func (s *settings) run() *StartError {
	for fd := range 3 {
		// The Go runtime opened /dev/null on those that were closed.
		if s.closed&(1<<fd) != 0 {
			unix.CloseOnExec(fd)
		}
	}
	c := &s.start
	if s.cgroup != 0 {
		unix.CloseOnExec(s.cgroup)
		// 0 stands for the writer with all its threads, cgroups(7).
		if _, err := unix.Write(s.cgroup, []byte("0")); err != nil {
			return &StartError{Op: opCgroup, Path: "cgroup.procs", Err: err.(syscall.Errno)}
		}
	}
	entered, failure := enterDir(c.Dir)
	if failure != nil {
		return failure
	}
	if failure := s.applyLimits(); failure != nil {
		return failure
	}
	if failure := s.applyIdentity(); failure != nil {
		return failure
	}
	if !entered {
		// As runc: what nile itself may not enter the new user perhaps may.
		if err := unix.Chdir(c.Dir); err != nil {
			return &StartError{Op: opChdir, Path: c.Dir, Err: err.(syscall.Errno)}
		}
	}
	if c.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return &StartError{Op: "set no_new_privs", Err: err.(syscall.Errno)}
		}
	}
	return execute(c)
}

// enterDir enters the working directory as nile, which may be allowed what the
// user of the command is not; entered is false if it has to be tried again.
func enterDir(dir string) (entered bool, failure *StartError) {
	if dir == "" {
		return true, nil
	}
	switch err := unix.Chdir(dir); err {
	case nil:
		return true, nil
	case unix.EACCES:
		return false, nil
	default:
		return false, &StartError{Op: opChdir, Path: dir, Err: err.(syscall.Errno)}
	}
}

// applyLimits sets what may need CAP_SYS_RESOURCE, hence before the identity.
func (s *settings) applyLimits() *StartError {
	c := &s.start
	if c.OOMScoreAdj != nil {
		value := strconv.Itoa(*c.OOMScoreAdj)
		if err := writeFile("/proc/self/oom_score_adj", value); err != nil {
			return &StartError{Op: "set oom_score_adj to", Path: value, Err: err.(syscall.Errno)}
		}
	}
	if c.Umask != nil {
		unix.Umask(*c.Umask)
	}
	for _, limit := range c.Rlimits {
		// syscall's Setrlimit, since for RLIMIT_NOFILE it also tells syscall.Exec
		// not to put the inherited soft limit back.
		value := syscall.Rlimit{Cur: limit.Soft, Max: limit.Hard}
		if err := syscall.Setrlimit(limit.Resource, &value); err != nil {
			return &StartError{Op: "set resource limit", Err: err.(syscall.Errno),
				Path: strconv.Itoa(limit.Resource) + " to " + strconv.FormatUint(limit.Soft, 10) +
					" soft, " + strconv.FormatUint(limit.Hard, 10) + " hard"}
		}
	}
	return nil
}

// applyIdentity sets capabilities, groups and user. The bounding set goes first,
// since it needs CAP_SETPCAP; the other sets go last, since the user and the
// groups need CAP_SETUID and CAP_SETGID.
func (s *settings) applyIdentity() *StartError {
	c := &s.start
	if c.Capabilities != nil {
		left, err := dropBounding(s.keep)
		// Under no_new_privs execve(2) gives nothing from the bounding set, so
		// that it does not matter what remains there.
		if left != 0 && !c.NoNewPrivileges {
			return &StartError{Op: opCapabilities, Err: err.(syscall.Errno),
				Detail: "cannot drop " + capabilityList(left) + " from the bounding set (nile lacks CAP_SETPCAP): " +
					"drop it in the container's own securityContext, or set allowPrivilegeEscalation: false"}
		}
	}
	if c.Credential != nil {
		if failure := c.Credential.become(); failure != nil {
			return failure
		}
	}
	if c.Capabilities != nil {
		if err := limitCapabilities(s.keep); err != nil {
			return &StartError{Op: opCapabilities, Err: err.(syscall.Errno)}
		}
	}
	return nil
}

// become changes groups and user, in that order, for all threads.
func (c *Credential) become() *StartError {
	uid, gid := int(c.UID), int(c.GID)
	if c.SetGroups {
		groups := make([]int, len(c.Groups))
		for i, group := range c.Groups {
			groups[i] = int(group)
		}
		if err := syscall.Setgroups(groups); err != nil {
			return &StartError{Op: "set the supplementary groups of the user", Path: strconv.Itoa(uid), Err: err.(syscall.Errno),
				Detail: lacks(err, "CAP_SETGID")}
		}
	}
	if err := syscall.Setresgid(gid, gid, gid); err != nil {
		return &StartError{Op: "become the group", Path: strconv.Itoa(gid), Err: err.(syscall.Errno),
			Detail: lacks(err, "CAP_SETGID")}
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return &StartError{Op: opUser, Path: strconv.Itoa(uid), Err: err.(syscall.Errno),
			Detail: lacks(err, "CAP_SETUID")}
	}
	return nil
}

// lacks explains an EPERM.
func lacks(err error, capability string) string {
	if err != unix.EPERM {
		return ""
	}
	return err.Error() + ": nile runs as user " + strconv.Itoa(os.Getuid()) + " without " + capability
}

// execute tries the candidates as execvp(3), from inside the child's directory
// and with its rights.
func execute(c *Command) *StartError {
	failure := &StartError{Op: opExec, Err: unix.ENOENT}
	for _, path := range candidates(c.Argv[0], searchPath(c.Env)) {
		if !exists(path) {
			continue
		}
		// syscall.Exec restores the soft limit of open files that Go raised.
		errno, ok := syscall.Exec(path, c.Argv, c.Env).(syscall.Errno)
		if !ok {
			errno = unix.EINVAL
		}
		next := execFailure(&Command{Argv: c.Argv, Env: c.Env}, path, errno)
		if next.endsSearch() || failure.Path == "" && errno == unix.EACCES {
			failure = next
		}
		if next.endsSearch() {
			break
		}
	}
	return failure
}
