package loop

import (
	"syscall"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// reap takes the status of every process that has ended and tells of it.
func (l *loop) reap() {
	l.exits = l.exits[:0]
	l.Kernel.Drain(l.ended)
	l.noStrays, l.counted.fresh = false, false
	for l.untold = l.exits; len(l.untold) > 0; {
		e := l.untold[0]
		l.untold = l.untold[1:]
		if errand := l.byPID[e.PID]; errand != nil && e.Started {
			l.executed(errand, e)
			continue
		}
		if !e.Started {
			l.tell(orphan(e))
			continue
		}
		if e.Frozen != nil && !l.keep(e) {
			continue
		}
		if name := containerOf(e.Owner); l.containers[name] != nil { // or it was given up, and forgotten
			l.hearLast(name)
			l.tellExit(name, l.exited(e))
		}
	}
	if len(l.emptying) == 0 {
		return
	}
	for _, name := range l.order {
		for _, event := range l.checkEmpty(name) {
			l.tell(event)
		}
	}
}

func statusOf(e reaper.Exit) supervisor.Status {
	if e.Status.Signaled() {
		return supervisor.Status{Signal: int(e.Status.Signal()), Core: e.Status.CoreDump()}
	}
	return supervisor.Status{Code: e.Status.ExitStatus()}
}

func orphan(e reaper.Exit) supervisor.Event {
	return supervisor.Orphan{PID: e.PID, Status: statusOf(e), Name: containerOf(e.Owner), Command: e.Command, LostParent: e.LostParent}
}

func (l *loop) exited(e reaper.Exit) supervisor.Exited {
	name, status := containerOf(e.Owner), statusOf(e)
	delete(l.running, name)
	l.stopPassing(e.PID)
	l.codes[name] = status.ExitCode()
	exited := supervisor.Exited{
		PID: e.PID, Status: status, Strays: l.strays(name), Frozen: e.Frozen != nil, OOMKilled: l.oomKilled(name, status), Message: l.masked(l.takeMessage(name)),
		Usage: supervisor.Usage{User: e.Usage.User, System: e.Usage.System, MaxRSS: e.Usage.MaxRSS},
	}
	l.traceEnd(name, &exited)
	return exited
}

// strays counts what the last run of a container has left behind. Most leave
// nothing, and then the cheap question suffices; sometimes nobody wants to know. Of all
// that were reaped together it is asked once if there is nothing: what a process leaves
// behind is nile's before the process can be reaped.
func (l *loop) strays(name string) int {
	if l.noStrays || l.spec.Wrap.Leftovers == supervisor.LeftoversLeave {
		return 0
	}
	if l.noStrays = !l.Kernel.HasStrays(); l.noStrays {
		return 0
	}
	return l.Kernel.Strays(l.strayOwner(name))
}

// strayOwner is whose strays belong to a container. All that a wrapped program
// leaves behind is its own, whoever it says it is.
func (l *loop) strayOwner(name string) string {
	if l.spec.Forward {
		return ""
	}
	return l.owners[name]
}

// sweep ends what is left at the very end and belongs to nobody. As PID 1 the
// kernel would do it; elsewhere it would go on living for ever.
func (l *loop) sweep() {
	if l.spec.Wrap.Leftovers == supervisor.LeftoversLeave || !l.Kernel.HasStrays() {
		return
	}
	if l.Kernel.SignalStrays("", syscall.SIGKILL) > 0 {
		l.Kernel.Drain(func(reaper.Exit) {})
	}
}
