package loop

import (
	"syscall"

	"github.com/nile-init/nile/supervisor"
)

// counted is an answer of OOMKills. It holds for all that is started before the loop waits
// again, and for all ends that were reaped together: to ask is four system calls, which the
// containers of a pod would wait for in turn.
type counted struct {
	n         int
	ok, fresh bool
}

// countOOMKills takes down how often the OOM killer has struck before a container
// is started.
func (l *loop) countOOMKills(name string) {
	delete(l.oomKills, name)
	if l.OOMKills == nil {
		return
	}
	if n, ok := l.countNow(); ok {
		l.oomKills[name] = n
	}
}

// countNow asks OOMKills, which must not be nil, unless the latest answer holds.
func (l *loop) countNow() (n int, ok bool) {
	if !l.counted.fresh {
		l.counted.n, l.counted.ok = l.OOMKills()
		l.counted.fresh = true
	}
	return l.counted.n, l.counted.ok
}

// oomKilled tells whether the end of a container's process looks like the work of
// the OOM killer: it was SIGKILL, not from nile, and the OOM killer has struck
// since the process was started.
func (l *loop) oomKilled(name string, status supervisor.Status) bool {
	before, known := l.oomKills[name]
	if !known || status.Signal != int(syscall.SIGKILL) {
		return false
	}
	now, ok := l.countNow()
	return ok && now > before
}
