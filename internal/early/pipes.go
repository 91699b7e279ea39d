package early

import (
	"golang.org/x/sys/unix"

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
	for _, fd := range []int{1, 2} {
		if startstate.Closed(fd) || isTerminal(fd) {
			return false
		}
	}
	return true
}

// open makes the pipes and gives the command its ends, which close closes. Where that
// fails, the command has nile's own output.
func (p *Pipes) open(c *reaper.Command) (closeWriteEnds func()) {
	out, ok := pipe()
	if !ok {
		return func() {}
	}
	err := out
	// With one pipe the order between the two is exact, and nobody can tell them
	// apart later anyway.
	if !isSameFile(1, 2) {
		if err, ok = pipe(); !ok {
			_ = unix.Close(out[0])
			_ = unix.Close(out[1])
			return func() {}
		}
	}
	*p = Pipes{Stdout: out[0], Stderr: err[0]}
	c.Files = []uintptr{c.Files[0], uintptr(out[1]), uintptr(err[1])}
	return func() {
		_ = unix.Close(out[1])
		if err != out {
			_ = unix.Close(err[1])
		}
	}
}

// pipe makes a pipe as internal/output does: nile's end does not block, and whoever the
// command becomes may open the other end again, as /dev/stdout.
func pipe() (ends [2]int, ok bool) {
	if unix.Pipe2(ends[:], unix.O_CLOEXEC) != nil {
		return ends, false
	}
	_ = unix.Fchmod(ends[1], 0o622)
	if unix.SetNonblock(ends[0], true) != nil {
		_ = unix.Close(ends[0])
		_ = unix.Close(ends[1])
		return ends, false
	}
	return ends, true
}

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// isSameFile reports whether two descriptors lead to the same place.
func isSameFile(a, b int) bool {
	var one, other unix.Stat_t
	return unix.Fstat(a, &one) == nil && unix.Fstat(b, &other) == nil && one.Dev == other.Dev && one.Ino == other.Ino
}
