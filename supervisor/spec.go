package supervisor

import "time"

// RestartPolicy says whether a process that has ended is started again. The
// words and their meaning are those of the Pod API
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
type RestartPolicy string

// The restart policies. The zero value means "not set": the pod's policy
// applies to the container, and Always to the pod.
const (
	RestartAlways    RestartPolicy = "Always"
	RestartOnFailure RestartPolicy = "OnFailure"
	RestartNever     RestartPolicy = "Never"
)

// ExitWhen says when a pod whose main containers end is over.
type ExitWhen string

// The values of ExitWhen. The zero value means ExitWhenAll, which is what the
// kubelet does.
const (
	ExitWhenAll ExitWhen = "All" // when every main container has ended for good
	ExitWhenAny ExitWhen = "Any" // when the first one has
)

// KillMode says whom the stop signal and the final SIGKILL of a container
// reach.
type KillMode string

// The kill modes. The zero value means KillTree, which is what a container
// runtime does: the stop signal goes to the first process, SIGKILL to all. In
// every mode but KillProcess, what a process leaves behind when it ends gets
// SIGKILL, as the end of a container's PID namespace would do.
const (
	KillTree    KillMode = "Tree"    // stop signal to the process, SIGKILL to its whole tree
	KillGroup   KillMode = "Group"   // stop signal to the process group, SIGKILL to the whole tree
	KillProcess KillMode = "Process" // both to the process alone; what it leaves behind lives on
)

// Spec is all that the machine is told about a pod. It is plain data, is never
// changed by the machine, and must not be changed while the machine lives.
type Spec struct {
	// Name is the pod's name, for messages only.
	Name string

	// Init are the init containers in order, sidecars among them. Main are
	// the pod's containers. Names are unique over both.
	Init []Container
	Main []Container

	// RestartPolicy applies to each container without one of its own. Zero
	// means Always.
	RestartPolicy RestartPolicy

	// Grace is terminationGracePeriodSeconds: the time between the stop
	// signal and SIGKILL. Like the kubelet, the machine never gives less than
	// MinimumGrace.
	Grace time.Duration

	// ShutdownTimeout, where it is over zero, bounds a whole shutdown: what
	// is left then gets SIGKILL, however much of its grace remains.
	ShutdownTimeout time.Duration

	// Backoff is how long a container that ended waits for its restart.
	Backoff Backoff

	// ExitWhen says when the pod is over. Zero means ExitWhenAll.
	ExitWhen ExitWhen

	// Forward makes the pod one transparent wrapper: every signal, SIGTERM
	// included, goes to the first main process as it came, nothing is ever
	// killed for being slow, and what is left behind at the end gets SIGTERM,
	// Grace, SIGKILL. It is the mode of `nile -- CMD`.
	Forward bool

	// Wrap are the finer points of Forward; without it they mean nothing.
	Wrap Wrap

	// Remap replaces the exit code at the end; the first entry that fits counts.
	Remap []ExitRemap

	// Hold says whether the pod is held when a container has failed.
	Hold Hold

	// WarnOrphans tells of each reaped orphan loudly.
	WarnOrphans bool

	// Signals rewrites signals that nile receives before anything else looks
	// at them: from number to number, 0 drops the signal.
	Signals map[int]int
}

// Containers are all containers of the pod, in the order of the manifest.
func (s *Spec) Containers() []*Container {
	all := make([]*Container, 0, len(s.Init)+len(s.Main))
	for _, list := range [2][]Container{s.Init, s.Main} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// Container is the container of a name; nil where there is none.
func (s *Spec) Container(name string) *Container {
	for _, c := range s.Containers() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Wrap says how a wrapped program is treated. The zero value is what nile does by
// default.
type Wrap struct {
	// Scope is whom passed-on signals reach: the process (the zero value), or
	// its group.
	Scope Scope

	// Delays hold signals back for a while, so that a load balancer can drain
	// before the program hears of SIGTERM. They are for signals as nile receives
	// them, whatever Signals makes of these. The same signal, coming again
	// meanwhile, is passed on at once.
	Delays map[int]time.Duration

	// Leftovers says what becomes of what the program leaves behind.
	Leftovers Leftovers

	// GroupAtEnd, with LeftoversLeave, is a signal to what is left of the
	// program's group when it has ended; 0 means none.
	GroupAtEnd int

	// Suspend stops nile itself whenever it receives SIGTSTP, SIGTTIN or
	// SIGTTOU, so that a shell sees the job stop. The program gets SIGSTOP then,
	// where Signals says nothing else.
	Suspend bool
}

// Leftovers says what becomes of the processes that a wrapped program leaves
// behind.
type Leftovers string

// The values of Leftovers. The zero value means LeftoversEnd.
const (
	LeftoversEnd   Leftovers = "End"   // SIGTERM, Grace, SIGKILL
	LeftoversWait  Leftovers = "Wait"  // nile stays until the last one has ended by itself; End once the operator asks for it
	LeftoversLeave Leftovers = "Leave" // nile ends at once; the kernel's rules apply
)

// ExitRemap replaces one exit code by another.
type ExitRemap struct {
	From, To int
	// Stopped limits it to runs that the operator asked to stop.
	Stopped bool
}

// Backoff is the arithmetic of CrashLoopBackOff. The zero value of a field
// means the kubelet's: 10 s, 300 s, 600 s, no jitter.
type Backoff struct {
	Initial    time.Duration // wait before the second restart; the first one is immediate
	Max        time.Duration // the wait doubles up to this
	ResetAfter time.Duration // a run longer than this is forgiven everything
	Jitter     float64       // adds up to this fraction, by a hash of name and restart count
}

// Container is one container of the pod: a process that nile starts, watches
// and stops.
type Container struct {
	// Name is the container's name, unique in the pod.
	Name string

	// Sidecar marks an init container with restartPolicy Always: the next
	// one starts as soon as it runs, and it is restarted until the pod ends.
	Sidecar bool

	// RestartPolicy overrides the pod's. Zero means the pod's.
	RestartPolicy RestartPolicy

	// StopSignal is the signal that asks it to end. Zero means SIGTERM.
	StopSignal int

	// KillMode says whom signals reach. Zero means KillTree.
	KillMode KillMode

	// Rules decide before RestartPolicy does; the first that fits counts.
	Rules []RestartRule

	// Startup, Liveness and Readiness are its probes, nil where it has none.
	Startup, Liveness, Readiness *Probe

	// PostStart runs right after the start; until it is done nothing that comes
	// later in the order is started. PreStop runs before the stop signal.
	PostStart, PreStop *Handler

	// Every, of one of the main containers and over 0, makes it a job beside the others: it
	// runs so often, first after that time, and never twice at a time; how it ends, or
	// whether it runs, is nothing to the pod's end.
	Every time.Duration

	// Notify is how its process says that it is ready.
	Notify Notify

	// OnFailure overrides the pod's for this container. A sidecar is held only where
	// it has FailureHold itself.
	OnFailure OnFailure

	// Freeze has the process that fails kept as it ended, with its memory and files,
	// while it is held. It makes nile its tracer.
	Freeze bool

	// Dump is how the process is made to leave evidence of what it does before nile
	// ends it.
	Dump Dump

	// MessagePath is terminationMessagePath; empty means none. MessagePolicy
	// says whether the log may stand in for it.
	MessagePath   string
	MessagePolicy MessagePolicy

	// Watch are the files that it watches. A plain init container has none.
	Watch []Watch

	// Output is what becomes of what it prints.
	Output Output

	// Collect are patterns of files that are kept with a crash report, absolute or from
	// the process's directory. The machine never looks at them.
	Collect []string

	// DependsOn are containers that it waits for before each of its starts.
	DependsOn []Dependency

	// Process is what to execute. The machine never looks at it; it is here
	// so that one value describes a container whole.
	Process Process
}

// Dump is a signal on which a process writes down what it is doing, such as the stacks
// of its threads. It is sent before the stop of a process whose liveness probe has
// failed, and shortly before the end of each grace. The zero value sends none.
type Dump struct {
	Signal int           // 0 sends none
	Wait   time.Duration // what the process needs for it; 0 means DefaultDumpWait
}

// DefaultDumpWait is how long a process has to write down what it is doing.
const DefaultDumpWait = 500 * time.Millisecond
