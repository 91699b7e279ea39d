//go:build amd64 || arm64

package signals

import (
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// none is no signal blocked, for the time of the wait.
var none uint64

// pollfd is what ppoll(2) wants.
type pollfd struct {
	fd              int32
	events, revents int16
}

// canWait tells whether the kernel lets this process wait as it has to. A filter that
// refuses ppoll(2) would make an endless loop of every wait.
func canWait() error {
	var now syscall.Timespec
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	if errno == 0 || errno == syscall.EINTR {
		return nil
	}
	return errors.New("cannot receive signals: ppoll(2) is refused: " + errno.Error() + ": allow it in the seccomp profile")
}

// alert is how long a wait keeps what Go's scheduler calls a P, the right to run Go
// code, instead of giving it back. Events come in bursts (processes that end together,
// the answer to a signal), and to give it back and get it again costs more than all
// the rest: it wakes threads of the runtime.
//
// It must be short. A garbage collection has to wait until this goroutine stops: the
// runtime interrupts the wait by a signal, but where that is switched off (GODEBUG)
// only the time ends it.
const alert = 5 * time.Millisecond

// wait waits for the pipe and reads what is in it; false: the deadline has passed.
func (q *Queue) wait(deadline time.Time) bool {
	left := time.Duration(math.MaxInt64)
	if !deadline.IsZero() {
		left = max(0, time.Until(deadline))
	}
	// The other goroutines need a P too.
	if runtime.GOMAXPROCS(0) > 1 {
		first := min(left, alert)
		timeout := syscall.NsecToTimespec(first.Nanoseconds())
		arrived, n := q.poll(&timeout)
		q.waiting = q.buffer[:n]
		if left -= first; arrived || left <= 0 {
			return arrived
		}
	}
	var timeout *syscall.Timespec
	if !deadline.IsZero() {
		rest := syscall.NsecToTimespec(left.Nanoseconds())
		timeout = &rest
	}
	arrived, n := q.pollAsleep(timeout)
	q.waiting = q.buffer[:n]
	return arrived
}

// pollAsleep is poll, and for the runtime one system call that takes its time: no
// other function may be called in between, and nothing may panic.
//
//go:norace
//go:nosplit
func (q *Queue) pollAsleep(timeout *syscall.Timespec) (arrived bool, n uintptr) {
	entersyscall()
	arrived, n = q.poll(timeout)
	exitsyscall()
	return arrived, n
}

// poll waits with no signal blocked, reads n records and passes on what shall be.
//
//go:norace
//go:nosplit
func (q *Queue) poll(timeout *syscall.Timespec) (arrived bool, n uintptr) {
	poll := pollfd{fd: pipe[0], events: 1} // POLLIN
	ready, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1,
		uintptr(unsafe.Pointer(timeout)), uintptr(unsafe.Pointer(&none)), unsafe.Sizeof(none), 0)
	// EINTR: a handler has run, and the pipe has something now.
	arrived = ready != 0 || errno != 0
	// A signal may come between the end of the wait and the reading. It has arrived too:
	// whoever waits on would read over it.
	n = q.read()
	arrived = arrived || n > 0
	for i := uintptr(0); i < n; i++ {
		r := (*record)(unsafe.Add(unsafe.Pointer(&q.buffer), i*unsafe.Sizeof(q.buffer[0])))
		if r.number == 0 || r.number == int32(syscall.SIGCHLD) {
			continue
		}
		// What the caller is to see to must not be overtaken by what came later.
		// Nor is anything for a child that may have ended.
		if q.passed&(1<<(uint32(r.number-1)&63)) == 0 || atomic.LoadInt32(&childEnded) != 0 {
			break
		}
		if _, _, errno := syscall.RawSyscall(syscall.SYS_KILL, uintptr(q.target), uintptr(r.number), 0); errno != 0 {
			break
		}
		r.number = -r.number
	}
	return arrived, n
}

// read reads what is in the pipe into the buffer. The handler writes records whole,
// see pipe(7) on PIPE_BUF, and the buffer is a multiple of them.
//
//go:norace
//go:nosplit
func (q *Queue) read() (n uintptr) {
	size, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(pipe[0]), uintptr(unsafe.Pointer(&q.buffer)), unsafe.Sizeof(q.buffer))
	if errno != 0 {
		return 0
	}
	return size / unsafe.Sizeof(q.buffer[0])
}

// The brackets of syscall.Syscall, which the runtime keeps for others too.
//
//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()
