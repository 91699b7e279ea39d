package reaper

import (
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/linux"
)

// Scope says how far a signal reaches.
type Scope int

const (
	// Process is the started process alone.
	Process Scope = iota
	// Group is its process group if it leads one; otherwise the process alone,
	// since the group is nile's own then.
	Group
	// Tree is the process, its descendants, and the strays of its owner.
	Tree
)

// SignalError says why a signal was not sent.
type SignalError struct {
	PID    int
	Signal syscall.Signal
	Err    syscall.Errno // ESRCH: not a started process, or reaped already
}

func (e *SignalError) Error() string {
	text := "cannot send " + signalName(e.Signal) + " to process " + strconv.Itoa(e.PID) + ": "
	if e.Err == syscall.ESRCH {
		return text + "it was not started here or has been reaped already"
	}
	if e.Err == syscall.EPERM { // kill(2)
		return text + e.Err.Error() + ": it runs as another user, and nile as user " + strconv.Itoa(syscall.Getuid()) + " without CAP_KILL"
	}
	return text + e.Err.Error()
}

// Unwrap returns the errno.
func (e *SignalError) Unwrap() error { return e.Err }

func signalName(sig syscall.Signal) string {
	if name := linux.SignalName(sig); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(sig))
}

// Signal sends a signal to a started process that has not been reaped, or to
// all that belongs to it. It returns how many processes were signalled (for a
// group, whose size the kernel does not tell, 1). For a process id that is not
// in that state it returns a [*SignalError] with ESRCH and sends nothing:
// somebody else may have that number by now.
//
// With Tree a process that may not be signalled (EPERM: it changed its user and
// nile may not signal that) does not keep the others from their signal; the
// error names the first of them.
func (r *Reaper) Signal(pid int, sig syscall.Signal, scope Scope) (n int, err error) {
	c := r.started[pid]
	if c == nil {
		return 0, &SignalError{PID: pid, Signal: sig, Err: syscall.ESRCH}
	}
	switch scope {
	case Group:
		return r.signalGroup(pid, sig)
	case Tree:
		return r.signalTree(c, sig)
	}
	return signalled(pid, sig, syscall.Kill(pid, sig))
}

// signalGroup signals the group that a started process leads. While it has not
// been reaped its number is nobody else's, neither as process nor as group.
func (r *Reaper) signalGroup(pid int, sig syscall.Signal) (int, error) {
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		return signalled(pid, sig, syscall.Kill(pid, sig))
	}
	return signalled(pid, sig, syscall.Kill(-pid, sig))
}

func (r *Reaper) signalTree(c *child, sig syscall.Signal) (int, error) {
	if sig == syscall.SIGKILL {
		return r.KillTrees([]int{c.pid})
	}
	members, ok := r.survey()
	if !ok {
		return r.signalGroup(c.pid, sig)
	}
	return r.signalEach(r.treesOf(members, []*child{c}), sig)
}

// signalEach signals processes that a survey found.
func (r *Reaper) signalEach(members []member, sig syscall.Signal) (n int, first error) {
	for _, m := range members {
		switch err := r.signalFound(m.process, sig); {
		case err == nil:
			n++
		case first == nil && err != syscall.ESRCH:
			_, first = signalled(m.pid, sig, err)
		}
	}
	return n, first
}

// signalled makes the result of Signal from that of a system call.
func signalled(pid int, sig syscall.Signal, err error) (int, error) {
	if err == nil {
		return 1, nil
	}
	return 0, &SignalError{PID: pid, Signal: sig, Err: err.(syscall.Errno)}
}

// signalFound signals a process that was found in /proc, if it still is that
// process.
func (r *Reaper) signalFound(p process, sig syscall.Signal) error {
	if f := r.frozen[p.pid]; f != nil {
		f.LetGo() // the kernel has no use for a signal to it, not even SIGKILL
		return nil
	}
	if p.parent == r.self {
		return syscall.Kill(p.pid, sig) // our child, and only we reap
	}
	if r.noPidfd {
		return killSame(p, sig)
	}
	fd, err := linux.PidfdOpen(p.pid, 0)
	if err == syscall.ESRCH {
		return err
	}
	if err != nil {
		// ENOSYS: before Linux 5.3; EPERM: a seccomp filter. With EMFILE a
		// later call may do better.
		r.noPidfd = err == syscall.ENOSYS || err == syscall.EPERM
		return killSame(p, sig)
	}
	defer syscall.Close(fd)
	if now, ok := readProcess(p.pid, make([]byte, 1024)); !ok || now.start != p.start {
		return syscall.ESRCH
	}
	return linux.PidfdSendSignal(fd, sig)
}

// killSame compares the start time as late as can be before a plain kill.
func killSame(p process, sig syscall.Signal) error {
	if now, ok := readProcess(p.pid, make([]byte, 1024)); !ok || now.start != p.start {
		return syscall.ESRCH
	}
	return syscall.Kill(p.pid, sig)
}
