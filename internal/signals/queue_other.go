//go:build !amd64 && !arm64

package signals

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/startstate"
)

// Queue is where signals wait for the one goroutine that takes them. On this
// machine they come from os/signal. What is lost: the sender and the value;
// real-time signals that are sent in quick succession; SIGPROF and 32 to 34, of
// which the last three end the program; and SIGURG is not received at all, since
// Go's runtime sends it to itself. Signals that arrive before Open do what they do
// in any Go program.
type Queue struct {
	child, other chan os.Signal
	woken        chan struct{}
}

// room is how many signals may wait until they are taken.
const room = 256

var opened bool

// Open begins to receive signals. It must be called once.
func Open() (*Queue, error) {
	if opened {
		return nil, errors.New("cannot receive signals: the queue is open already")
	}
	opened = true
	q := &Queue{child: make(chan os.Signal, 1), other: make(chan os.Signal, room), woken: make(chan struct{}, 1)}
	signal.Notify(q.child, syscall.SIGCHLD)
	var others []os.Signal
	for num := syscall.Signal(1); num <= 64; num++ {
		if num != syscall.SIGCHLD && num != syscall.SIGURG {
			others = append(others, num)
		}
	}
	signal.Notify(q.other, others...)
	return q, nil
}

// Pass does nothing on this machine: no signal is ever Passed.
func (q *Queue) Pass(startstate.Set, int) {}

// Next waits until there is a signal, until Wake was called, or until the deadline
// has passed; the zero time is none. It belongs to one goroutine. A SIGCHLD says
// that at least one child has changed its state since the last one.
func (q *Queue) Next(deadline time.Time) (Signal, Event) {
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-q.child:
		return Signal{Num: syscall.SIGCHLD}, Arrived
	case s := <-q.other:
		num, _ := s.(syscall.Signal)
		return Signal{Num: num}, Arrived
	case <-q.woken:
		return Signal{}, Woken
	case <-expired:
		return Signal{}, Expired
	}
}

// Wake makes Next come back. Any goroutine may call it, at any time; several calls
// may be reported as one.
func (q *Queue) Wake() {
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

// Dropped is 0: os/signal does not tell what it has lost.
func (q *Queue) Dropped() int { return 0 }

// Release does nothing on this machine, where nobody holds the signals before Open.
func Release() {}
