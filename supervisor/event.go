package supervisor

import (
	"fmt"
	"time"
)

// Event is a fact that the machine is told. The set is closed.
type Event interface{ event() }

// Boot is the first event of every life.
type Boot struct{}

// Spawned answers a [Spawn]. Either PID is set or Failure.
type Spawned struct {
	Name    string
	Gen     int
	PID     int
	Failure *StartFailure
}

// StartFailure says why a process could not be started.
type StartFailure struct {
	Message   string // names the file and the reason
	Code      int    // the exit code it stands for: 126, 127 or 125
	Temporary bool   // the system had no room: worth trying again
}

// Exited says that a process which a [Spawn] started has ended and has been reaped.
type Exited struct {
	PID    int
	Status Status
	Usage  Usage
	Strays int // processes that it left behind and that still live
	// Frozen says that the process has not been reaped after all: it stands still at
	// its end, is counted among the strays, and goes with them. The host must have asked
	// [Machine.Holds] before.
	Frozen bool
	// OOMKilled says that the kernel's OOM killer struck in nile's cgroup while
	// the process ran, and that this looks like its work.
	OOMKilled bool
	// Message is the termination message that the process left.
	Message string
}

// Emptied says that the last process which a container's last run had left
// behind is gone.
type Emptied struct {
	Name string
	Gen  int
}

// Orphan says that a process which nile had adopted, and never started, has
// been reaped.
type Orphan struct {
	PID        int
	Status     Status
	Name       string // the container it came from; empty where unknown
	Command    string // its command name, as far as known
	LostParent string // what is known of the parent it had lost
}

// Fired says that an armed timer has run out.
type Fired struct{ Timer Timer }

// Probed answers a [StartProbe].
type Probed struct {
	Name    string
	Kind    ProbeKind
	Number  int
	Result  ProbeResult
	Message string // what the probe saw, for people
}

// HookDone answers a [RunHook].
type HookDone struct {
	Name string
	Gen  int
	Hook HookKind
	// Number is that of the RunHook, for HookChanged.
	Number int
	Err    string // why it failed; empty where it did not
}

// Signal says that nile was sent a signal.
type Signal struct{ Num int }

func (Boot) event()     {}
func (Spawned) event()  {}
func (Exited) event()   {}
func (Emptied) event()  {}
func (Orphan) event()   {}
func (Fired) event()    {}
func (Signal) event()   {}
func (Probed) event()   {}
func (HookDone) event() {}

// Status is how a process ended, as of wait(2).
type Status struct {
	Code   int  // exit code, where Signal is 0
	Signal int  // the signal that ended it, or 0
	Core   bool // a core was dumped
}

// ExitCode is the code that a shell would show: 128 plus the signal's number
// where a signal ended the process.
func (s Status) ExitCode() int {
	if s.Signal != 0 {
		return 128 + s.Signal
	}
	return s.Code
}

// String is like "exited with code 3" or "was ended by SIGKILL".
func (s Status) String() string {
	switch {
	case s.Signal == 0:
		return fmt.Sprintf("exited with code %d", s.Code)
	case s.Core:
		return fmt.Sprintf("was ended by %s (core dumped)", SignalName(s.Signal))
	default:
		return fmt.Sprintf("was ended by %s", SignalName(s.Signal))
	}
}

// Usage is what a process and the children it had waited for used, as of
// getrusage(2).
type Usage struct {
	User   time.Duration // CPU time in user mode
	System time.Duration // CPU time in the kernel
	MaxRSS int64         // bytes, the largest resident set
}

// TimerKind says what a timer is for.
type TimerKind string

// The timers.
const (
	TimerRetry    TimerKind = "retry"    // try to start again after a temporary failure
	TimerBackoff  TimerKind = "backoff"  // restart
	TimerGrace    TimerKind = "grace"    // the stop signal was not obeyed in time
	TimerStuck    TimerKind = "stuck"    // even SIGKILL was not
	TimerEmpty    TimerKind = "empty"    // what was left behind has had its grace
	TimerTurn     TimerKind = "turn"     // the pod's: sidecars wait for their turn no longer
	TimerShutdown TimerKind = "shutdown" // the pod's: ShutdownTimeout
	TimerDelay    TimerKind = "delay"    // a signal has been held back long enough
	TimerYouth    TimerKind = "youth"    // old enough to be stopped after a failed postStart hook
	TimerPreStop  TimerKind = "preStop"  // the preStop hook has had the whole grace
	TimerWaiting  TimerKind = "waiting"  // the pod's: tell who is still waited for
	TimerAnew     TimerKind = "anew"     // the pod's: start all containers anew
	TimerHold     TimerKind = "hold"     // the pod's: it has been held long enough
	TimerDump     TimerKind = "dump"     // the evidence has been written, or is to be
	TimerChanged  TimerKind = "changed"  // the command about a change has had its time
)

// Beside these there are, for each [ProbeKind], "probe KIND", when the next probe is
// due, and "timeout KIND", when the answer to one is overdue.

// Timer names a timer: at most one of each kind is armed for a container, and one
// TimerDelay for each signal. The pod's own have no Name and generation 0.
type Timer struct {
	Kind   TimerKind
	Name   string
	Gen    int
	Signal int // of a TimerDelay
}
