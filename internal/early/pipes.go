package early

import (
	"syscall"

	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/startstate"
	"github.com/nile-init/nile/reaper"
)

// Pipes are nile's ends of the standard output and error of a command that was started
// early. They are the same where the two share a pipe, and 0 where the command has
// nile's own output.
type Pipes struct{ Stdout, Stderr int }

// ArePiped reports whether a held command's output goes through nile, so that its end
// is kept: not where the command would lose a terminal by that, or where nile has no
// output to pass it on to.
func ArePiped() bool {
	_, _, ok := look()
	return ok
}

// look looks at nile's own standard output and error, with as few system calls as
// will do: the command's start waits for them.
func look() (out, err syscall.Stat_t, ok bool) {
	if startstate.Closed(1) || startstate.Closed(2) || syscall.Fstat(1, &out) != nil || syscall.Fstat(2, &err) != nil {
		return out, err, false
	}
	return out, err, !isTerminal(1, &out) && !isTerminal(2, &err)
}

func isTerminal(fd int, about *syscall.Stat_t) bool {
	return about.Mode&syscall.S_IFMT == syscall.S_IFCHR && linux.IsTerminal(fd)
}

// open makes the pipes and gives the command its ends, which close closes. Where they
// are not to be, or cannot be made, the command has nile's own output.
func (p *Pipes) open(c *reaper.Command) (closeWriteEnds func()) {
	stdout, stderr, ok := look()
	if !ok {
		return func() {}
	}
	out, ok := pipe()
	if !ok {
		return func() {}
	}
	err := out
	// With one pipe the order between the two is exact, and nobody can tell them
	// apart later anyway.
	if stdout.Dev != stderr.Dev || stdout.Ino != stderr.Ino {
		if err, ok = pipe(); !ok {
			_ = syscall.Close(out[0])
			_ = syscall.Close(out[1])
			return func() {}
		}
	}
	*p = Pipes{Stdout: out[0], Stderr: err[0]}
	c.Files = []uintptr{c.Files[0], uintptr(out[1]), uintptr(err[1])}
	return func() {
		_ = syscall.Close(out[1])
		if err != out {
			_ = syscall.Close(err[1])
		}
	}
}

// pipe makes a pipe as internal/output does: whoever the command becomes may open its
// end again, as /dev/stdout. That nile's does not block is left to the time after the
// start.
func pipe() (ends [2]int, ok bool) {
	if syscall.Pipe2(ends[:], syscall.O_CLOEXEC) != nil {
		return ends, false
	}
	_ = syscall.Fchmod(ends[1], 0o622)
	return ends, true
}
