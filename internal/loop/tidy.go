package loop

import (
	"runtime/debug"
	"time"

	"github.com/nile-init/nile/internal/processors"
)

const (
	// manyContainers is where the garbage of a pod's start is worth a collection: it is a third
	// of the memory of a pod of a thousand. Below, the collector's own memory, 300 KiB, is more
	// than what it finds.
	manyContainers = 50
	// startTime is how long a large pod may take to start; what comes later is left to the
	// collector's own rules.
	startTime = time.Second
	// smallStartTime is how long a small one may.
	smallStartTime = 250 * time.Millisecond
)

func (l *loop) isLarge() bool { return len(l.order) >= manyContainers }

// tidyUp ends, a while later, what is for the start only: the garbage of a large pod's, and
// the single processor of a small one's, which makes a restart a little slower. By then the
// second has nothing to do, as a rule, and takes next to no memory.
func (l *loop) tidyUp() {
	if l.isLarge() {
		time.AfterFunc(startTime, debug.FreeOSMemory)
		return
	}
	time.AfterFunc(smallStartTime, processors.Widen)
}

// startsFor is how long after its start nile takes what it runs to be busy with its own.
const startsFor = 100 * time.Millisecond

// untilIdle is a deadline for the next wait, or the time of Idle if that comes first.
func (l *loop) untilIdle(deadline time.Time) time.Time {
	if l.Idle == nil {
		return deadline
	}
	if idle := l.begun.Add(startsFor); deadline.IsZero() || idle.Before(deadline) {
		return idle
	}
	return deadline
}

// idle calls Idle when its time has come.
func (l *loop) idle() {
	if l.Idle == nil || time.Since(l.begun) < startsFor {
		return
	}
	l.Idle()
	l.Idle = nil
}
