package loop

import (
	"time"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// freeze has a process that is about to be started kept at its end, where its container
// asks for it.
func (l *loop) freeze(name string, c *reaper.Command) {
	c.Freeze = l.containers[name].Freeze
	c.NotFrozen = func(err error) {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Name: name, Why: err.Error()})
	}
}

// keep keeps a process that stands still at its end, if it is one to be held. If not, it
// goes on, and its end is told when it has been reaped.
func (l *loop) keep(e reaper.Exit) bool {
	if l.degraded || !l.holds(e) {
		e.Frozen.LetGo()
		return false
	}
	e.Frozen.Keep()
	l.frozen[containerOf(e.Owner)] = e.Frozen
	return true
}

// holds asks the machine. One that fails will do so again when it is told, and there that
// is taken care of.
func (l *loop) holds(e reaper.Exit) (held bool) {
	defer func() { _ = recover() }()
	return l.machine.Holds(time.Now(), e.PID, statusOf(e))
}

// thaw lets the process of a container go that is not held any more, before anything
// else is done for it.
func (l *loop) thaw(n supervisor.Note) {
	if frozen := l.frozen[n.Name]; frozen != nil && n.From == string(supervisor.Held) && n.To != n.From {
		delete(l.frozen, n.Name)
		frozen.LetGo()
	}
}
