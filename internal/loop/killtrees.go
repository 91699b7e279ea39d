package loop

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/nile-init/nile/supervisor"
)

// killTree has a process and all that descends from it killed before the loop waits
// again. When the grace of a pod is over all its containers are killed at once, and a
// look at the process table for each would take the longer the more there are. No
// number can change hands meanwhile: it is the loop that reaps, after the wait.
func (l *loop) killTree(name string, pid int, failed string) {
	l.doomed = append(l.doomed, doomed{name, pid, failed})
}

// doomed is a process that is to be killed with its tree.
type doomed struct {
	name   string
	pid    int
	failed string // what to say, before the reason, where it cannot be killed
}

// killDoomed kills all that are to be killed.
func (l *loop) killDoomed() {
	if len(l.doomed) == 0 {
		return
	}
	pids := make([]int, len(l.doomed))
	for i, d := range l.doomed {
		pids[i] = d.pid
	}
	_, err := l.Kernel.KillTrees(pids)
	note := supervisor.Note{Level: supervisor.LevelError, Why: fmt.Sprintf("cannot kill all of %d process trees: %v", len(pids), err)}
	if first := l.doomed[0]; len(pids) == 1 {
		note.Name, note.PID, note.Why = first.name, first.pid, fmt.Sprintf("%s: %v", first.failed, err)
	}
	l.doomed = l.doomed[:0]
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		l.notSent(note)
	}
}
