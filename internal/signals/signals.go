// Package signals receives every signal that can be caught, 1 to 64 but SIGKILL
// and SIGSTOP, each as often as the kernel delivers it, with its sender, and none
// of those that Go's runtime sends to itself. Package os/signal cannot be used for
// that: it drops queued real-time signals and SIGPROF, never sees 32 to 34, tells
// no sender, and mixes the runtime's own SIGURG with that of others.
//
// # How a signal travels
//
// On linux/amd64 and linux/arm64 a handler in assembly is installed for every
// signal. It writes a record of 24 bytes (number, si_code, sender, value) into a
// pipe, with one write(2) and nothing else, so that it may run on any thread and
// interrupt anything. [Queue.Next] waits in ppoll(2) for that pipe.
//
// Not recorded, but handed to the handler that Go's runtime has set, are the
// faults of the program itself (so that a nil dereference is still a panic), the
// profiler's SIGPROF, and what the process sends to its own threads (the runtime
// interrupts goroutines by SIGURG). Dropped are SIGPIPE and SIGXFSZ that a write
// of the process itself has raised; the write returns the error. A SIGCHLD is
// recorded once until Next has reported it, so that a storm of them costs next to
// nothing and can never fill the pipe.
//
// # From the first instruction on
//
// In a program that is linked with the entry point of internal/startstate the
// handlers are there before Go's runtime starts, and stay: the runtime's own calls
// of sigaction go through a hook that it has for C programs (_cgo_sigaction), which
// only notes down what it wanted. All signals that the runtime lets be blocked are
// blocked on all threads, and let through only while Next waits. One thread takes
// them, therefore, one after the other, in the order in which the kernel has them:
// real-time signals of one number as they were sent; of several that wait at once
// the lower number first, signal(7). Blocking also lets the program write to a
// terminal from the background, which would else stop it again and again (SIGTTOU).
// The signals that the runtime insists on unblocking (HUP INT QUIT ILL TRAP ABRT
// BUS FPE SEGV TERM STKFLT CHLD URG PROF SYS 32 33 34) may run the handler at any
// time on any thread, if the main thread is busy.
//
// Such a program must either [Open] the queue or give the signals back by
// [Release]; until then they are kept, and not even an interrupt from the terminal
// ends it. Both must be called by the main goroutine, which this package locks to
// the process's first thread.
//
// Without that entry point the handlers are installed by Open. A signal that
// arrives earlier does what it does in any Go program, and none is blocked on other
// threads, so that the order of real-time signals that come within microseconds of
// each other is not certain.
//
// # Other machines
//
// There os/signal is used, with its limits: see queue_other.go.
package signals

import "syscall"

// Signal is a signal that has arrived.
type Signal struct {
	Num syscall.Signal
	// Code is its si_code, see sigaction(2): [User], [Queued] or [Thread] for one
	// that a process sent, otherwise the kernel's reason.
	Code int32
	// PID and UID are the sender's process id, as seen in the own PID namespace
	// (0: from outside of it), and its real user id. Both are 0 if no process
	// sent it.
	PID int
	UID uint32
	// Value came along by sigqueue(3), with the code Queued.
	Value uint64
	// Passed: it has been sent on already, see [Queue.Pass].
	Passed bool
}

// The codes of a signal that a process sent, asm-generic/siginfo.h.
const (
	User   int32 = 0  // SI_USER: kill(2)
	Queued int32 = -1 // SI_QUEUE: sigqueue(3)
	Thread int32 = -6 // SI_TKILL: tgkill(2)
)

// Event is the reason why [Queue.Next] came back.
type Event int

const (
	// Arrived: there is a signal.
	Arrived Event = iota
	// Woken: somebody called [Queue.Wake].
	Woken
	// Expired: the deadline has passed.
	Expired
)
