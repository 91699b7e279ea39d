package loop

import (
	"container/heap"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// deadline is an armed timer.
type deadline struct {
	timer supervisor.Timer
	at    time.Time
	order uint64 // of two at the same time, the one armed first comes first
	index int    // in the heap

	late bool // it has been given another moment
}

// key is what at most one armed timer has.
type key struct {
	kind   supervisor.TimerKind
	name   string
	signal int
}

func keyOf(t supervisor.Timer) key { return key{t.Kind, t.Name, t.Signal} }

// timers are the armed timers, the earliest on top. No clock runs for them: the
// loop waits until the earliest one, and for ever where nothing is armed, so that
// an idle nile is never woken.
type timers struct {
	due   deadlines
	byKey map[key]*deadline
	armed uint64
}

func newTimers() *timers { return &timers{byKey: map[key]*deadline{}} }

func (t *timers) arm(timer supervisor.Timer, at time.Time) {
	t.armed++
	if d := t.byKey[keyOf(timer)]; d != nil {
		d.timer, d.at, d.order, d.late = timer, at, t.armed, false
		heap.Fix(&t.due, d.index)
		return
	}
	d := &deadline{timer: timer, at: at, order: t.armed}
	t.byKey[keyOf(timer)] = d
	heap.Push(&t.due, d)
}

func (t *timers) disarm(timer supervisor.Timer) {
	if d := t.byKey[keyOf(timer)]; d != nil {
		heap.Remove(&t.due, d.index)
		delete(t.byKey, keyOf(timer))
	}
}

// A timer that fires later than heldUp tells that nile was held up: that it was frozen, as
// by `docker pause`, most often together with all whose answer it waits for. These get
// another moment, once, to come before the timer.
const (
	heldUp        = 200 * time.Millisecond
	anotherMoment = time.Second
)

// next takes out the earliest timer, if it is due at now.
func (t *timers) next(now time.Time) (supervisor.Timer, bool) {
	for {
		if len(t.due) == 0 || t.due[0].at.After(now) {
			return supervisor.Timer{}, false
		}
		d := t.due[0]
		if d.late || now.Sub(d.at) < heldUp || !strings.HasPrefix(string(d.timer.Kind), "timeout ") {
			break
		}
		d.at, d.late = now.Add(anotherMoment), true
		heap.Fix(&t.due, 0)
	}
	d := heap.Pop(&t.due).(*deadline)
	delete(t.byKey, keyOf(d.timer))
	return d.timer, true
}

// earliest is when the next timer is due; the zero time where none is armed.
func (t *timers) earliest() time.Time {
	if len(t.due) == 0 {
		return time.Time{}
	}
	return t.due[0].at
}

// deadlines implements [heap.Interface].
type deadlines []*deadline

func (d deadlines) Len() int { return len(d) }

func (d deadlines) Less(i, j int) bool {
	if d[i].at.Equal(d[j].at) {
		return d[i].order < d[j].order
	}
	return d[i].at.Before(d[j].at)
}

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}

// Push implements [heap.Interface].
func (d *deadlines) Push(x any) {
	one := x.(*deadline)
	one.index = len(*d)
	*d = append(*d, one)
}

// Pop implements [heap.Interface].
func (d *deadlines) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}
