package loop

import (
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// deadline is an armed timer.
type deadline struct {
	timer supervisor.Timer
	at    time.Time
}

// timers are the armed timers, the earliest first. One clock timer serves them
// all, and none runs while nothing is armed, so that an idle nile is never woken.
type timers struct {
	due   []deadline
	clock *time.Timer
}

func newTimers() *timers {
	clock := time.NewTimer(time.Hour)
	clock.Stop()
	return &timers{clock: clock}
}

// same tells whether two timers are of one kind, container and signal: at most
// one of these is armed.
func same(a, b supervisor.Timer) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Signal == b.Signal
}

func (t *timers) arm(timer supervisor.Timer, at time.Time) {
	t.remove(timer)
	i, _ := slices.BinarySearchFunc(t.due, at, func(d deadline, at time.Time) int {
		if d.at.After(at) {
			return 1
		}
		return -1 // of two at the same time, the one armed first comes first
	})
	t.due = slices.Insert(t.due, i, deadline{timer, at})
	t.set()
}

func (t *timers) disarm(timer supervisor.Timer) {
	t.remove(timer)
	t.set()
}

func (t *timers) remove(timer supervisor.Timer) {
	t.due = slices.DeleteFunc(t.due, func(d deadline) bool { return same(d.timer, timer) })
}

// next takes out the earliest timer, if it is due at now.
func (t *timers) next(now time.Time) (supervisor.Timer, bool) {
	if len(t.due) == 0 || t.due[0].at.After(now) {
		t.set()
		return supervisor.Timer{}, false
	}
	timer := t.due[0].timer
	t.due = slices.Delete(t.due, 0, 1)
	return timer, true
}

// set winds the clock up for the earliest timer.
func (t *timers) set() {
	if len(t.due) == 0 {
		t.clock.Stop()
		return
	}
	t.clock.Reset(time.Until(t.due[0].at))
}
