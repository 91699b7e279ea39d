package supervisor

import "time"

// NotifyKind is how a process says of itself that it is ready.
type NotifyKind string

// The kinds. The zero value means that it does not.
const (
	// NotifyFD is s6's: the process writes a newline to a descriptor
	// (https://skarnet.org/software/s6/notifywhenup.html).
	NotifyFD NotifyKind = "fd"
	// NotifySystemd is systemd's: datagrams to the socket that NOTIFY_SOCKET names,
	// sd_notify(3).
	NotifySystemd NotifyKind = "systemd"
)

// NotifyAccess says whose datagrams count.
type NotifyAccess string

// The values of NotifyAccess. The zero value means NotifyMain.
const (
	NotifyMain NotifyAccess = "Main" // those of the container's own process
	NotifyTree NotifyAccess = "Tree" // those of all that it has started too
)

// Notify says how a container's process tells that it is ready. The zero value is a process
// that says nothing: it counts as soon as it runs.
type Notify struct {
	Kind   NotifyKind
	FD     int          // of NotifyFD: the process's descriptor
	Access NotifyAccess // of NotifySystemd

	// Timeout is how long a run has to say that it is ready; 0 means for ever.
	Timeout time.Duration

	// Watchdog, of NotifySystemd, is how long a run that is ready may say nothing of being
	// alive (WATCHDOG=1); 0 means for ever.
	Watchdog time.Duration
}

// Notified tells what the process of a container has said of itself, in one or more
// messages of one and the same meaning. Fields that are not set were not said.
type Notified struct {
	Name string
	Gen  int // of the run

	Ready     bool // READY=1, or the newline; after Reloading the end of that
	Reloading bool // RELOADING=1; never together with Ready
	Stopping  bool // STOPPING=1
	Closed    bool // the descriptor has been closed, or the process says so otherwise, without its newline

	Alive    bool           // WATCHDOG=1
	Trigger  bool           // WATCHDOG=trigger: it asks to be treated as if the watchdog had struck
	Watchdog *time.Duration // WATCHDOG_USEC: from now on so long; 0 for no watchdog
	Extend   time.Duration  // EXTEND_TIMEOUT_USEC: it needs so much from now on, for its start or its end

	Status *string // STATUS: what it is doing, in one clean line
	Errno  string  // ERRNO, for people
}

func (Notified) event() {}

// The timers of what a process says of itself.
const (
	TimerNotify   TimerKind = "notify"   // it should have said that it is ready, or have ended as it said it would
	TimerWatchdog TimerKind = "watchdog" // it should have said that it is alive
)

// Beside the probes' kinds, what can have a run stopped as a probe's failure would.
const (
	culpritNotify   ProbeKind = "notify"
	culpritWatchdog ProbeKind = "watchdog"
)
