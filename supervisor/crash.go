package supervisor

import "time"

// OnFailure says what becomes of the pod when one of its init or main containers has
// failed.
type OnFailure string

// The values of OnFailure. The zero value means "not set": the pod's holds for the
// container, and FailureExit for the pod.
const (
	// FailureExit leaves it to the restart policy, as the kubelet does.
	FailureExit OnFailure = "Exit"
	// FailureHold keeps the pod alive with the container as it ended, for people to look
	// at: nothing of it is restarted until somebody retries it or releases the hold.
	FailureHold OnFailure = "Hold"
)

// HoldSidecars says what becomes of sidecars while the pod is held.
type HoldSidecars string

// The values of HoldSidecars. The zero value means SidecarsContinue.
const (
	SidecarsContinue HoldSidecars = "Continue" // they go on
	SidecarsStop     HoldSidecars = "Stop"     // they are stopped, and start again before a retry
)

// Hold is how a pod is held when a container of it has failed. The zero value never
// holds.
type Hold struct {
	// OnFailure is the pod's; a container may have its own.
	OnFailure OnFailure
	// For ends a hold after a time, as an operator's release would; 0 never does.
	For time.Duration
	// AfterRestarts, where over 0, lets the restart policy restart a container so many
	// times in a row before its next failure is held, whatever the pod's OnFailure says. A
	// success, or a run that is long enough for the back-off to forget, begins the count
	// anew. A container with FailureExit of its own is not held.
	AfterRestarts int
	// Sidecars says whether they go on meanwhile.
	Sidecars HoldSidecars
}

// Trigger says what ended a run that has failed.
type Trigger string

// The triggers.
const (
	TriggerExit      Trigger = "exit"      // it ended by itself, by code or by a signal that nile did not send
	TriggerStart     Trigger = "start"     // it could not be executed at all
	TriggerStartup   Trigger = "startup"   // its startup probe failed, and nile ended it
	TriggerLiveness  Trigger = "liveness"  // its liveness probe did
	TriggerPostStart Trigger = "postStart" // its postStart hook did
	TriggerNotify    Trigger = "notify"    // it did not say in time that it is ready, or did not end as it had said
	TriggerWatchdog  Trigger = "watchdog"  // it did not say in time that it is alive
)

// Capture asks for the evidence of a failure to be collected and kept. It comes in the
// same step as the [Note] of the container's end and before anything is started or
// stopped because of it, so that what is left of the scene is still there. Nothing
// waits for it but the pod's [Exit], and that not for long.
type Capture struct {
	Name     string
	Gen      int // of the run that has failed
	PID      int // 0 where it never ran
	Role     Role
	Restarts int
	Trigger  Trigger
	Probe    string // what the failed probe or hook said; empty where none has
	End      Termination
	Held     bool // the pod is held because of it
	Frozen   bool // the process stands still at its end
}

// Look asks for a look at a process that is about to be stopped or killed while it can
// still be seen: its open files, sockets and threads. It is answered by nobody.
type Look struct {
	Name string
	Gen  int
	PID  int
	Why  string
}

func (Capture) action() {}
func (Look) action()    {}
