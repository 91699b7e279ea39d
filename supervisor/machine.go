package supervisor

import "time"

// State is the state of one container; see the package comment.
type State string

// The states.
const (
	Waiting    State = "Waiting"
	Starting   State = "Starting"
	Retrying   State = "Retrying"
	Running    State = "Running"
	Stopping   State = "Stopping"
	Killing    State = "Killing"
	Emptying   State = "Emptying"
	BackingOff State = "Backoff"
	Held       State = "Held"
	Stopped    State = "Stopped"
	Completed  State = "Completed"
	Failed     State = "Failed"
	Removed    State = "Removed"
)

// alive tells whether a process of the container may exist.
func (s State) alive() bool {
	switch s {
	case Starting, Running, Stopping, Killing, Emptying:
		return true
	case Waiting, Retrying, BackingOff, Held, Stopped, Completed, Failed, Removed:
		return false
	}
	return false
}

// final tells whether the container has ended for good.
func (s State) final() bool { return s == Completed || s == Failed }

// PodState is the state of the whole pod.
type PodState string

// The states of a pod.
const (
	PodNew          PodState = "New"
	PodInitializing PodState = "Initializing"
	PodRunning      PodState = "Running"
	PodHeld         PodState = "Held" // with a container that has failed, for people to look at
	PodStopping     PodState = "Stopping"
	PodSucceeded    PodState = "Succeeded"
	PodFailed       PodState = "Failed"
)

// Role is what a container is in its pod.
type Role string

// The roles.
const (
	RoleInit    Role = "init"
	RoleSidecar Role = "sidecar"
	RoleMain    Role = "main"
	RoleJob     Role = "job" // a main container that runs every so often
)

// Termination is how a run ended.
type Termination struct {
	Status   Status
	Reason   string // as in a Pod's status: Completed, Error, StartError, ContainerStatusUnknown
	Why      string // of the last two: what could not be started, or ended, and why
	Message  string // the termination message
	Started  time.Time
	Finished time.Time
	Asked    bool // nile had sent it a stop signal or SIGKILL
}

// exitCode is the code of the run as a Pod's status shows it.
func (t *Termination) exitCode() int { return t.Status.ExitCode() }

// container is a container and all that is known of it.
type container struct {
	spec *Container
	role Role

	state    State
	gen      int
	pid      int
	started  time.Time
	restarts int
	passed   bool // has let the next one in the order start
	asked    bool // this run has been sent a stop signal or SIGKILL
	cause    cause
	culprit  ProbeKind // of causeProbe: which
	saw      string    // what the probe or hook said that ended this run
	trouble  string    // what went wrong with the present start, for people
	last     *Termination
	previous *Termination // the run before that

	next      *Container // what a reload has made of its spec, for its next start
	removed   bool       // a reload has taken it out of the pod
	reloadWhy string     // of goalReload: begins the note of the stop

	probes        []*probe
	probeNumber   int      // the highest of probes that it has no more
	startup       *probe   // of these; nil where there is none
	readiness     *probe   // the same
	job           job      // of a job: when it runs
	notice        notice   // what its process has said of itself
	hook          HookKind // under way
	postStartDone bool     // there is none, or it has succeeded in this run

	stop      stopPhase
	stopWhy   string        // begins the note of the stop signal
	stopSince time.Time     // when the phase began
	graceLeft time.Duration // at that time
	killAt    time.Time     // in the phase stopSignal: when the grace is over

	timers []TimerKind // those that are armed, in the order in which they were

	goal       goal         // what an operator has asked for and has not come yet
	override   *Override    // how its runs differ, by an operator's wish
	due        bool         // it does not run and is to be started; only a hook or a sidecar may hold it up
	sent       []int        // signals to end it that were sent to this run on request
	hold       custody      // what there is to know of its hold
	capture    *Capture     // to be told with the next note, that of the end
	needs      []*need      // its dependencies
	dependants []*container // all that depend on it, however indirectly
	followers  []*container // those that it takes along when it is started again
	awaited    bool         // somebody waits for it to be Completed
	runs       int          // how many have been begun
	waits      bool         // its start waits for one of them, as seen in this step
	waitsFor   string       // what was last told of that
	stalled    bool         // that does not come by itself
	doomed     bool         // nor will it, unless somebody starts what has ended for good
	followWhy  string       // of goalFollow

	trigger  Trigger // what ended the last run, where that has failed
	evidence string  // what the probe or hook said that ended it

	news      []news // by the index in the spec: what its watched files have told
	newsHook  int    // whose command is under way; -1 for none
	newsHooks int    // how many commands there were
	newsPath  string // what the one under way is about

	crashes      int           // restarts in a row that the policy has answered a failure with
	backoff      time.Duration // how long the next restart waits; 0 before the first
	waited       time.Duration // the wait that the back-off gave last
	retry        time.Duration // how long the next try waits after a temporary failure
	straysKilled bool          // what it left behind has been sent SIGKILL
}

// ending is the end of the pod, under way.
type ending struct {
	since    time.Time
	operator int        // the signal by which the operator asked for it, or 0
	turnOver bool       // sidecars no longer wait for their turn
	hurry    bool       // nobody has any grace left
	failed   *container // the init container that failed for good, or nil
	first    *container // the main with which ExitWhenAny ended the pod, or nil

	neverStarted string // why mains could not be started that had their turn; empty where all were
	withPeers    string // the end of others that it follows, with exit code 0
}

// Machine is the state machine of one pod. It must be used by one goroutine at a
// time.
type Machine struct {
	spec   Spec
	inits  []*container // in order, sidecars among them
	mains  []*container
	all    []*container // inits, then mains
	byName map[string]*container
	byPID  map[int]*container

	since       time.Time // of the first event
	now         time.Time
	out         []Action
	settled     bool // the event has changed nothing that decisions hang on
	state       PodState
	told        PodState // the state that the last note of the pod told
	initialized bool     // every init container has let the next one start, once
	ending      *ending
	anew        *anew
	hold        *hold       // while the pod is held
	timers      []TimerKind // the pod's own that are armed
	asks        int         // stop signals from the operator
	early       []arrival   // forward mode: signals that came before main ran
	delayed     []int       // signals that main will get after their delay
	lastGen     int         // the highest generation of the containers that a reload has removed
	lastProbe   int         // the highest number of their probes
	done        bool
	ordered     bool // some container depends, or has depended, on another one
}

// MinimumGrace is the least time between a stop signal and SIGKILL (kubelet:
// minimumGracePeriodInSeconds).
const MinimumGrace = 2 * time.Second

// New makes the machine of a pod. Nothing happens before its first [Boot].
func New(spec Spec) *Machine {
	m := &Machine{
		spec:   spec,
		byName: map[string]*container{},
		byPID:  map[int]*container{},
		state:  PodNew,
		told:   PodNew,
	}
	m.spec.Backoff = spec.Backoff.withDefaults()
	for i := range m.spec.Init {
		role := RoleInit
		if m.spec.Init[i].Sidecar {
			role = RoleSidecar
		}
		m.inits = append(m.inits, m.add(&m.spec.Init[i], role))
	}
	for i := range m.spec.Main {
		m.mains = append(m.mains, m.add(&m.spec.Main[i], mainRole(&m.spec.Main[i])))
	}
	m.link()
	return m
}

func (m *Machine) add(spec *Container, role Role) *container {
	c := &container{spec: spec, role: role, state: Waiting, probes: newProbes(spec), news: make([]news, len(spec.Watch)), newsHook: -1}
	c.startup, c.readiness = c.probeOf(ProbeStartup), c.probeOf(ProbeReadiness)
	m.all = append(m.all, c)
	m.byName[spec.Name] = c
	return c
}

// policy is the restart policy that holds for the container.
func (m *Machine) policy(c *container) RestartPolicy {
	switch {
	case m.spec.Forward:
		return RestartNever
	case c.role == RoleSidecar:
		return RestartAlways
	case c.role == RoleJob:
		return RestartNever // its time comes again
	case c.spec.RestartPolicy != "":
		return c.spec.RestartPolicy
	case m.spec.RestartPolicy != "":
		return m.spec.RestartPolicy
	}
	return RestartAlways
}
