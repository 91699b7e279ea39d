package loop

import (
	"syscall"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/internal/startstate"
	"github.com/nile-init/nile/supervisor"
)

// passOn has the queue send a wrapped program its signals by itself, from now on until
// stopPassing: a signal then reaches the program before Go's scheduler gets a word.
// The machine hears of each all the same, and what it wants done with a signal that
// has been passed is skipped (see alreadyPassed).
func (l *loop) passOn(name string, pid int) {
	if !l.spec.Forward || l.containers[name].KillMode == supervisor.KillGroup ||
		l.spec.Wrap.Scope != "" && l.spec.Wrap.Scope != supervisor.ScopeProcess {
		return
	}
	l.target = pid
	l.Signals.Pass(passable(l.spec), pid)
}

// stopPassing is to be called when a process has been reaped, before the next wait:
// its number may be somebody else's by then.
func (l *loop) stopPassing(pid int) {
	if l.target == pid && pid != 0 {
		l.target = 0
		l.Signals.Pass(0, 0)
	}
}

// passable are the signals that a wrapped program gets as they come: of the others the
// machine has to decide what becomes of them, or nile does something itself.
func passable(spec *supervisor.Spec) (set startstate.Set) {
	for num := 1; num <= 64; num++ {
		_, rewritten := spec.Signals[num]
		_, delayed := spec.Wrap.Delays[num]
		switch syscall.Signal(num) {
		case syscall.SIGCHLD, syscall.SIGKILL, syscall.SIGSTOP:
			continue
		case syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
			if spec.Wrap.Suspend {
				continue
			}
		}
		if !rewritten && !delayed {
			set |= 1 << (num - 1)
		}
	}
	return set
}

// signalled tells the machine of a signal.
func (l *loop) signalled(s signals.Signal) {
	l.Metrics.Received(int(s.Num))
	if l.Taken != nil && l.Taken(s.Num) {
		return
	}
	if s.Passed {
		l.passed = int(s.Num)
	}
	l.tell(supervisor.Signal{Num: int(s.Num)})
	l.passed = 0
}

// alreadyPassed tells whether the process has the signal already that the machine
// wants it to get.
func (l *loop) alreadyPassed(a supervisor.Kill) bool {
	if l.passed == 0 || l.passed != a.Signal || l.target != a.PID || a.Scope == supervisor.ScopeTree {
		return false
	}
	if l.Passed != nil {
		l.Passed(syscall.Signal(a.Signal))
	}
	return true
}
