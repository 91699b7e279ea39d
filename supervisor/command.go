package supervisor

// Verb is what an operator asks for with a [Command].
type Verb string

// The verbs. All but VerbRelease concern one container.
const (
	VerbStart   Verb = "start"   // start a container that was stopped, waits for its back-off, or has ended
	VerbStop    Verb = "stop"    // stop it, with its grace, and keep it stopped
	VerbRestart Verb = "restart" // stop it and start it again; or start what does not run
	VerbSignal  Verb = "signal"  // send its process a signal
	VerbRetry   Verb = "retry"   // start a container that is held, perhaps differently
	VerbRelease Verb = "release" // end the hold, and the pod with it where its policies say so
)

// Command is what an operator asks for. A [Reply] with its ID answers it, in the same
// step: whether it is accepted, not whether it is done; [Note] tells that.
type Command struct {
	ID       uint64
	Verb     Verb
	Name     string    // the container; empty for VerbRelease
	Signal   int       // of VerbSignal
	Code     *int      // of VerbRelease: the exit code, where it is not to be the failed container's
	Override *Override // of VerbRetry: what is different this time; nil where nothing is
	KeepHeld bool      // of VerbRetry: the pod stays held (not ready) though the container runs
}

// Override is how a run differs from what the container's spec says. The machine never
// looks at it: it comes back with the [Spawn].
type Override struct {
	Argv []string // in place of the command, where not empty
	Args []string // after the command's arguments
	Env  []string // NAME=VALUE, over the variables of the same names

	// Append are NAME=VALUE too, but VALUE goes behind what the variable has, with a blank
	// between: one more option for a runtime.
	Append []string
}

// Refusal says why a [Command] is not carried out.
type Refusal string

// The refusals.
const (
	RefusedUnknown Refusal = "unknown" // there is no container of that name
	RefusedState   Refusal = "state"   // the container is in no state for it
	RefusedEnding  Refusal = "ending"  // the pod is ending
	RefusedSpec    Refusal = "spec"    // the new spec of a reload is none for this pod
	RefusedSystem  Refusal = "refused" // by the system: it has been tried; the host says so, never the machine
)

// Reply answers a [Command]: Refusal is empty where it has been accepted.
type Reply struct {
	ID      uint64
	Refusal Refusal
	Message string // for people: what happens now, or why it does not and what would help
}

func (Command) event() {}
func (Reply) action()  {}
