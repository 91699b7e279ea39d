package loop

import (
	"runtime/debug"
	"time"
)

const (
	// manyContainers is where the garbage of a pod's start is worth a collection: it is a third
	// of the memory of a pod of a thousand. Below, the collector's own memory, 300 KiB, is more
	// than what it finds.
	manyContainers = 50
	// startTime is how long a large pod may take to start; what comes later is left to the
	// collector's own rules.
	startTime = time.Second
)

// tidyUp gives the system back, once, what the start of a large pod has left.
func (l *loop) tidyUp() {
	if len(l.order) >= manyContainers {
		time.AfterFunc(startTime, debug.FreeOSMemory)
	}
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
