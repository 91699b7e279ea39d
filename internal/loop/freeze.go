package loop

import (
	"context"
	"slices"
	"syscall"
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

// Frozen is what only its tracer knows of a process that stands still at its end.
type Frozen struct {
	PID    int
	Status syscall.WaitStatus // that it is going to have
	// SignalInfo is the siginfo_t of the last signal that it got, or nil.
	SignalInfo []byte
	// Threads are those that stand still with it, first the one that has ended it.
	Threads []FrozenThread
}

// FrozenThread is a thread and its registers: NT_PRSTATUS, NT_PRFPREG and NT_X86_XSTATE.
type FrozenThread struct {
	TID                                int
	Registers, FloatingPoint, Extended []byte
}

// maxFrozenThreads bounds the memory that their registers take, 3 KB each.
const maxFrozenThreads = 4096

// Frozen returns what there is of a container's process that stands still; nil where
// there is none. The error is that of ctx, or [ErrEnded].
func (h *Handle) Frozen(ctx context.Context, name string) (*Frozen, error) {
	return call(ctx, h, func(l *loop) *Frozen {
		kept := l.frozen[name]
		if kept == nil {
			return nil
		}
		f := &Frozen{PID: kept.PID, Status: kept.Status, SignalInfo: slices.Clone(kept.SignalInfo())}
		buffer := make([]byte, 16<<10)
		threads := kept.Threads()
		for _, tid := range threads[:min(len(threads), maxFrozenThreads)] {
			t := FrozenThread{TID: tid}
			for set, to := range map[int]*[]byte{1: &t.Registers, 2: &t.FloatingPoint, 0x202: &t.Extended} {
				if n, err := kept.Registers(tid, set, buffer); err == nil {
					*to = slices.Clone(buffer[:n])
				}
			}
			f.Threads = append(f.Threads, t)
		}
		return f
	})
}
