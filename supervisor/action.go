package supervisor

import "time"

// Action is something that the machine wants done. Actions are carried out in
// the order given and return at once; what comes of them comes back as events.
// The set is closed.
type Action interface{ action() }

// Spawn asks for the container's process to be started. A [Spawned] answers it.
type Spawn struct {
	Name     string
	Gen      int
	Override *Override // how this run differs from the spec; nil where it does not
}

// Scope says whom a [Kill] reaches.
type Scope string

// The scopes.
const (
	ScopeProcess Scope = "process"
	ScopeGroup   Scope = "group"
	ScopeTree    Scope = "tree"
)

// Kill asks for a signal to be sent to a process that runs.
type Kill struct {
	Name   string
	PID    int
	Signal int
	Scope  Scope
}

// KillStrays asks for a signal to be sent to all that the last run of a
// container left behind. [Emptied] follows when nothing of it is left.
type KillStrays struct {
	Name   string
	Gen    int
	Signal int
	Scope  Scope // ScopeGroup: only those in the group of the process; else all
}

// Suspend asks nile to stop itself as by SIGSTOP, until SIGCONT.
type Suspend struct{}

// StartProbe asks for one probe to be made. A [Probed] with its Number answers it.
type StartProbe struct {
	Name   string
	Kind   ProbeKind
	Number int
}

// StopProbe gives up a probe that has not been answered: no answer is wanted any
// more.
type StopProbe struct {
	Name   string
	Kind   ProbeKind
	Number int
}

// RunHook asks for a lifecycle hook to be run, or the command of a [Watch]. A [HookDone]
// answers it.
type RunHook struct {
	Name string
	Gen  int
	Hook HookKind
	// Of HookChanged alone: the index of the Watch, the file that has changed, and a number
	// that never comes twice for a container.
	Watch  int
	Path   string
	Number int
}

// StopHook gives up a hook that is under way: no answer is wanted any more, and a
// process that it runs is to be ended.
type StopHook struct {
	Name string
	Hook HookKind
}

// Arm asks for a [Fired] after a time. Arming a timer of the same kind for the
// same container again replaces it.
type Arm struct {
	Timer Timer
	After time.Duration
}

// Disarm takes an [Arm] back.
type Disarm struct{ Timer Timer }

// Level says how loud a [Note] is.
type Level string

// The levels.
const (
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// Note tells what has happened and why. It is the only source of logs and of
// golden output. A note without Name is about the pod; one whose From and To are
// the same is about something that changed no state.
type Note struct {
	Level   Level
	Name    string
	From    string
	To      string
	Why     string
	PID     int     // where a process is concerned
	Restart int     // how often it has been restarted
	Status  *Status // where something ended
	Signal  int     // where a signal that nile has received is handed on, or dropped
	Cause   string  // of a crash whose report has been made: the kind of its cause
	File    string  // the first of the files that have changed, of those that a container watches
}

// Exit asks nile to end, with the code. It is the last action of every life.
type Exit struct {
	Code    int
	Message string
}

func (Spawn) action()      {}
func (Kill) action()       {}
func (KillStrays) action() {}
func (Suspend) action()    {}
func (StartProbe) action() {}
func (StopProbe) action()  {}
func (RunHook) action()    {}
func (StopHook) action()   {}
func (Arm) action()        {}
func (Disarm) action()     {}
func (Note) action()       {}
func (Exit) action()       {}
