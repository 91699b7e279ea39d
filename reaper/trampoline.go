package reaper

import (
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// trampolineName is the argv[0] by which the program knows that it is asked to
// apply settings and execute a command. The whole argument vector is:
// the name, the settings, the directory, the command and its arguments.
const trampolineName = "nile-exec"

// opTrampoline is the step in which nile executes its own program.
const opTrampoline = "execute nile itself (to apply the settings of the command) from"

const opCgroup = "enter the cgroup through"

// startByTrampoline starts a command through a second copy of nile, and waits
// until that has become the command or has reported why it could not.
func (r *Reaper) startByTrampoline(c *Command, attr *syscall.ProcAttr) (int, *StartError) {
	s := &settings{start: *c}
	if attr.Sys.Credential == nil {
		s.start.Credential = nil // it is nile's own
	}
	if c.Capabilities != nil {
		keep, failure := c.Capabilities.keep()
		if failure != nil {
			return 0, failure
		}
		s.keep = keep
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return 0, &StartError{Op: "make a pipe", Err: err.(syscall.Errno)}
	}
	defer unix.Close(pipe[0])
	pid, failure := r.forkTrampoline(c, attr, s, pipe[1])
	unix.Close(pipe[1])
	if failure != nil {
		return 0, failure
	}
	// The child holds the only write end, close-on-exec: end of file without a
	// word means that the command runs.
	var buffer [4096]byte
	report, err := readAll(pipe[0], buffer[:])
	if err == nil && len(report) == 0 {
		return pid, nil
	}
	// It exits right after its report. Nobody has seen this process id yet.
	for {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			break
		}
	}
	return 0, parseReport(c, string(report))
}

// forkTrampoline executes nile itself as the trampoline.
func (r *Reaper) forkTrampoline(c *Command, attr *syscall.ProcAttr, s *settings, report int) (int, *StartError) {
	files := slices.Clone(attr.Files)
	for len(files) < 3 {
		files = append(files, ^uintptr(0))
	}
	for i := range 3 {
		if files[i] == ^uintptr(0) {
			s.closed |= 1 << i
		}
	}
	s.report = len(files)
	files = append(files, uintptr(report))
	if c.Cgroup != "" {
		// Not CLONE_INTO_CGROUP: once cgroup.kill has been used, some kernels
		// (6.18 is one) kill all that is cloned into that cgroup later; and
		// container engines filter clone3(2).
		procs := c.Cgroup + "/cgroup.procs"
		fd, err := unix.Open(procs, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return 0, &StartError{Op: opCgroup, Path: procs, Err: err.(syscall.Errno)}
		}
		defer unix.Close(fd)
		s.cgroup = len(files)
		files = append(files, uintptr(fd))
	}
	own := *attr
	own.Files = files
	own.Dir = "" // the trampoline enters it, see enterDir
	sys := *attr.Sys
	sys.Credential = nil
	own.Sys = &sys
	argv := append([]string{trampolineName, s.encode(), c.Dir}, c.Argv...)

	// The link is right even if the file has been replaced since nile started.
	path := "/proc/self/exe"
	pid, err := syscall.ForkExec(path, argv, &own)
	if err == unix.ENOENT && r.program != "" {
		path = r.program
		pid, err = syscall.ForkExec(path, argv, &own)
	}
	if err == nil {
		return pid, nil
	}
	if failure := forkFailure(c, err); failure != nil {
		return 0, failure
	}
	return 0, &StartError{Op: opTrampoline, Path: path, Err: err.(syscall.Errno)}
}

// report is the trampoline's word for a failure: errno, step, path and detail,
// separated by NUL, which none of them contains. It is cut to what a pipe takes
// in one piece (PIPE_BUF, pipe(7)).
func (e *StartError) report() string {
	text := strconv.Itoa(int(e.Err)) + "\x00" + e.Op + "\x00" + e.Detail + "\x00" + e.Path
	return text[:min(len(text), 4096)]
}

// parseReport is the reverse of report, with the words for an execve(2) that
// failed added here, where nothing of the child's restrictions is in the way.
func parseReport(c *Command, text string) *StartError {
	parts := strings.SplitN(text, "\x00", 4)
	if len(parts) != 4 {
		return &StartError{Op: opTrampoline, Path: "itself", Err: unix.EPROTO}
	}
	number, _ := strconv.Atoi(parts[0])
	failure := &StartError{Op: parts[1], Detail: parts[2], Path: parts[3], Err: syscall.Errno(number)}
	if failure.Op != opExec {
		return failure
	}
	if failure.Path == "" {
		return notFound(c)
	}
	if failure.Temporary() {
		// execve(2): EAGAIN, the new user has too many processes.
		return failure
	}
	return execFailure(c, failure.Path, failure.Err)
}
