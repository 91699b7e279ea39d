//go:build amd64 || arm64

package signals

import (
	"errors"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/nile-init/nile/internal/startstate"
)

// Queue is where signals wait for the one goroutine that takes them.
type Queue struct {
	woken   atomic.Bool
	waiting []record // read from the pipe and not yet returned
	buffer  [170]record
	passed  startstate.Set // what goes to target at once
	target  int
}

// record is what the handler writes.
type record struct {
	number int32 // 0: from Wake; negative: it has been passed on
	code   int32
	pid    int32
	uid    uint32
	value  uint64
}

var opened bool

// The main goroutine starts on the first thread of the process, and only there
// are all signals let through.
func init() {
	if startstate.Known() {
		runtime.LockOSThread()
	}
}

// Open begins to receive signals. It must be called once, and by the goroutine
// that will call Next; it stays locked to its thread. The error is that of pipe2(2).
func Open() (*Queue, error) {
	if opened {
		return nil, errors.New("cannot receive signals: the queue is open already")
	}
	runtime.LockOSThread()
	if pipe[1] == 0 {
		take()
	}
	if failed != 0 {
		return nil, errors.New("cannot receive signals: cannot make a pipe: " + syscall.Errno(-failed).Error())
	}
	if err := canWait(); err != nil {
		return nil, err
	}
	// Room for some 40,000 signals instead of 2,700, where the system allows it: a
	// real-time signal that finds the pipe full is lost. The pages are there only while they are used.
	const fSetPipeSize = 1031 // F_SETPIPE_SZ, fcntl(2)
	_, _, _ = syscall.RawSyscall(syscall.SYS_FCNTL, uintptr(pipe[1]), fSetPipeSize, 1<<20)
	opened = true
	// The runtime ends a program whose write to stdout or stderr fails with EPIPE,
	// unless SIGPIPE is ignored, as it sees it.
	signal.Ignore(syscall.SIGPIPE)
	return new(Queue), nil
}

// Pass makes Next send each signal of a set to a process, or to the process group
// of which target is the negative number, as soon as it has arrived: before Go's
// scheduler gets a word, which takes more time than all the rest when the program
// has been idle. Next returns it all the same. The target must not have been waited
// for by others than the goroutine that calls Next. The empty set ends it. A signal that
// comes while one is waiting that was not passed, or a SIGCHLD, is not passed either, so
// that all arrive in order.
func (q *Queue) Pass(set startstate.Set, target int) { q.passed, q.target = set, target }

// Next waits until there is a signal, until Wake was called, or until the
// deadline has passed; the zero time is none. It belongs to one goroutine, the one
// that called Open. A SIGCHLD comes before the others and says that at least one
// child has changed its state since the last one; only what has been passed on comes
// before it, since that may be why a child has ended.
func (q *Queue) Next(deadline time.Time) (Signal, Event) {
	for {
		first := q.first()
		if first != nil && first.number < 0 {
			return q.take(), Arrived
		}
		// Cleared before it is reported: whatever ends after this makes a new one.
		if atomic.SwapInt32(&childEnded, 0) != 0 {
			return Signal{Num: syscall.SIGCHLD}, Arrived
		}
		if first != nil {
			return q.take(), Arrived
		}
		if q.woken.Swap(false) {
			return Signal{}, Woken
		}
		if q.recover() {
			continue
		}
		if !q.wait(deadline) {
			return Signal{}, Expired
		}
	}
}

// first is the first signal of those that have been read, or nil.
func (q *Queue) first() *record {
	for len(q.waiting) > 0 {
		if num := q.waiting[0].number; num != 0 && num != int32(syscall.SIGCHLD) {
			return &q.waiting[0]
		}
		q.waiting = q.waiting[1:] // it only wakes, see woken and childEnded
	}
	return nil
}

// take takes out the first signal, which must be there.
func (q *Queue) take() Signal {
	r := q.first()
	q.waiting = q.waiting[1:]
	s := Signal{Num: syscall.Signal(max(r.number, -r.number)), Code: r.code, Passed: r.number < 0}
	switch r.code {
	case Queued:
		s.Value = r.value
		fallthrough
	case User, Thread:
		s.PID, s.UID = int(r.pid), r.uid
	}
	return s
}

// Wake makes Next come back. Any goroutine may call it, at any time; several calls
// may be reported as one.
func (q *Queue) Wake() {
	if q.woken.Swap(true) {
		return
	}
	var r record
	// A pipe that is full wakes the reader too.
	_, _, _ = syscall.RawSyscall(syscall.SYS_WRITE, uintptr(pipe[1]), uintptr(unsafe.Pointer(&r)), unsafe.Sizeof(r))
}

// recover takes the standard signals that found the pipe full, each once: the kernel
// does not queue these either, signal(7). Who sent them is not known any more.
func (q *Queue) recover() bool {
	set := atomic.SwapUint32(&overflow, 0)
	n := 0
	for num := int32(1); num < 32; num++ {
		if set&(1<<num) != 0 {
			q.buffer[n] = record{number: num}
			n++
		}
	}
	q.waiting = q.buffer[:n]
	return n > 0
}

// Dropped is how many real-time signals were lost because thousands were waiting
// already.
func (q *Queue) Dropped() int { return int(atomic.LoadInt32(&dropped)) }

// Release makes the program an ordinary one that does not care for signals: they do
// what they do in any Go program, from now on and for those that have arrived since
// the start. It does nothing in a program without its own entry point. It must be
// called by the main goroutine, instead of Open.
func Release() {
	if !startstate.Known() || opened || pipe[1] == 0 {
		return
	}
	opened = true
	unhook()
	for num := range actions {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(num), uintptr(unsafe.Pointer(&actions[num])), 0, unsafe.Sizeof(none), 0, 0)
	}
	// What the runtime has unblocked stays so.
	var mask uint64
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, 0, uintptr(unsafe.Pointer(&mask)), unsafe.Sizeof(mask), 0, 0)
	mask &= uint64(startstate.Blocked())
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&mask)), 0, unsafe.Sizeof(mask), 0, 0)
	var q Queue
	for n := q.read(); n > 0; n = q.read() {
		q.waiting = q.buffer[:n]
		for q.first() != nil {
			_ = syscall.Kill(syscall.Getpid(), q.take().Num)
		}
	}
}

const setMask = 2 // SIG_SETMASK
