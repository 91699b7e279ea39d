package loop

import (
	"syscall"

	"github.com/nile-init/nile/supervisor"
)

// countOOMKills takes down how often the OOM killer has struck before a container
// is started.
func (l *loop) countOOMKills(name string) {
	delete(l.oomKills, name)
	if l.OOMKills == nil {
		return
	}
	if n, ok := l.OOMKills(); ok {
		l.oomKills[name] = n
	}
}

// oomKilled tells whether the end of a container's process looks like the work of
// the OOM killer: it was SIGKILL, not from nile, and the OOM killer has struck
// since the process was started.
func (l *loop) oomKilled(name string, status supervisor.Status) bool {
	before, known := l.oomKills[name]
	if !known || status.Signal != int(syscall.SIGKILL) {
		return false
	}
	now, ok := l.OOMKills()
	return ok && now > before
}
