package early

import (
	"os"
	"os/signal"
	"syscall"
)

// pending is how many signals may wait until the loop takes them. Standard
// signals coalesce in the kernel as well, but never of different kinds.
const pending = 256

// Signals is where the event loop hears of signals. Child gets SIGCHLD and needs
// room for one only: it says that there is something to reap, not how much. Other
// gets all the rest.
type Signals struct {
	Child <-chan os.Signal
	Other <-chan os.Signal
	// Rest is called once, after the first process has been started, to
	// subscribe to the signals that could wait until then. It may be nil.
	Rest func()
}

// Subscribe begins to receive signals. Those that decide over life and death come
// first; the rest is left to [Signals.Rest], after the first process has been
// started, because subscribing to all takes longer than starting it.
func Subscribe() Signals {
	child := make(chan os.Signal, 1)
	other := make(chan os.Signal, pending)
	signal.Notify(child, syscall.SIGCHLD)
	signal.Notify(other, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGWINCH)
	return Signals{Child: child, Other: other, Rest: func() { signal.Notify(other, rest()...) }}
}

// rest are the signals that can wait for their subscription. Left out: what
// cannot be caught, SIGCHLD, SIGURG, by which Go's runtime interrupts its own
// threads, and the real-time signals that the C library and Go's runtime keep for
// themselves. SIGTTIN and SIGTTOU are for the program that holds the terminal.
func rest() []os.Signal {
	signals := []os.Signal{
		syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGUSR1, syscall.SIGSEGV,
		syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGSTKFLT, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGTTIN,
		syscall.SIGTTOU, syscall.SIGXCPU, syscall.SIGXFSZ, syscall.SIGVTALRM, syscall.SIGPROF, syscall.SIGIO, syscall.SIGPWR, syscall.SIGSYS,
	}
	for num := 35; num <= 64; num++ {
		signals = append(signals, syscall.Signal(num))
	}
	return signals
}
