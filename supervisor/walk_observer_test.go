package supervisor_test

import (
	"fmt"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// phase is what an outsider knows of a container.
type phase int

const (
	fresh    phase = iota // no run of it has ever been asked for
	asked                 // a Spawn waits for its answer
	noRoom                // the answer was: no room now
	running               // its process runs
	emptying              // its process has ended, what it left behind has not
	resting               // to be started again
	held                  // it stays as it has failed
	stopped               // by hand, or because of a hold
	over                  // ended for good
	dropped               // it never ran and never will
	gone                  // a reload has removed it
)

// alive tells whether a process of it may exist.
func (p phase) alive() bool { return p == asked || p == running || p == emptying }

// watched is a container as seen from outside.
type watched struct {
	spec *supervisor.Container
	role supervisor.Role

	phase     phase
	noteState string // what the notes say
	gen       int    // of the latest Spawn
	top       int    // the highest generation seen
	pid       int
	restarts  int
	passed    bool // has let the next one in the order start

	started, finished time.Duration
	ran               bool          // there is a last run, or a start that failed for good
	before            time.Duration // when the run before the last one ended
	hadRun            bool          // there was one
	code              int
	oom               bool // the OOM killer struck in it
	asked             bool // the last run had been told to end

	probes      []*watchedProbe
	hook        supervisor.HookKind // that runs
	hookDue     bool                // postStart is to be run in this step
	postStarted bool                // there is none, or it has succeeded in this run

	young           bool   // its postStart hook has failed before it was old enough to be stopped
	cause           string // why this run has to end, for a reason of its own: probe or hook
	culprit         supervisor.ProbeKind
	ownGrace        time.Duration // the grace that goes with it
	stage           stopStage
	left, leftSince time.Duration // the grace, and when that much of it was left
	killAt          time.Duration // when the grace after the stop signal is over
	killedAt        time.Duration // of this run; -1 before
	stuckDue        time.Duration // when SIGKILL should have worked

	emptyGen   int
	straysTold int // the signal that they were sent; 0 before
	straysDue  time.Duration
	custodyWatched
	noticeWatched
	jobWatched
	reloadWatched
	newsWatched
	runs       int            // how many have been begun
	seen       map[string]int // by dependency: how many it had begun when this one was last started
	seenRun    map[string]string
	roomDelay  time.Duration
	nth        int // which restart is next in the back-off
	due        time.Duration
	dueLatest  time.Duration // with all of the jitter
	dueReached bool
}

// custodyWatched is what an outsider knows of holds, commands and evidence.
type custodyWatched struct {
	goal       string // what is to become of it after this run: stop, restart, retry, park, release
	startDue   bool   // it is to be started by hand
	override   *supervisor.Override
	sent       []int // signals with which people end programs, that it was sent on request
	signal     int   // that ended the last run, or 0
	trigger    supervisor.Trigger
	crashes    int           // restarts in a row by the policy, after failures
	heldFailed bool          // the last run is one that was held
	released   *int          // the code that a release gave it
	straysLeft int           // what the held run left behind
	trial      bool          // retried, not yet proven
	kept       bool          // retried, the pod stays held
	parked     bool          // stopped because of the hold, and not up again
	exempt     bool          // started by hand meanwhile
	lookDue    bool          // to be looked at in this step
	dumpDue    bool          // to be asked for evidence in this step
	dumpAt     time.Duration // when it is, or the evidence has had its time; -1 for never
}

// beingStopped tells whether the end of a process has begun. What a reload ends goes on
// until its turn has come.
func (c *watched) beingStopped() bool {
	return c.stage != stageNone || c.killedAt >= 0 || c.goal != "" && c.goal != "reload"
}

// observer watches a life from outside: it sees the pod's spec, events and
// actions, knows the rules as they are documented, and nothing of the machine.
type observer struct {
	spec    *supervisor.Spec
	inits   []*watched
	mains   []*watched
	all     []*watched
	problem string
	met     coverage

	now      time.Duration
	event    supervisor.Event
	timers   map[supervisor.TimerKind]map[string]armed
	podState string
	booted   bool

	anew       *watched // whose rule asked for it, while all are being ended
	anewWaits  bool     // all have ended, a back-off runs
	anewDue    time.Duration
	anewLatest time.Duration

	initialized bool // the init containers have let the mains start, since all began or began anew

	ending     bool
	since      time.Duration
	operator   int // the signal that began the end, or 0
	failedInit *watched
	asks       int
	turnOver   bool
	hurry      bool
	hurried    time.Duration
	lastAnswer time.Duration // the last Spawned while the pod was ending
	lateness   time.Duration
	early      []heldSignal // signals that forward mode owes to main
	holdDue    time.Duration
	heldAt     time.Duration        // the latest failure that is held
	request    *request             // the reload of this step
	ordered    *ordered             // the command of this step
	sending    *watched             // who is to be sent a command's signal
	captures   []supervisor.Capture // that are to come in this step
	noted      string               // the container of the note just before
	owed       []int                // signals to be passed on in this step
	peers      map[string]supervisor.Peer
	withPeers  bool // the end followed that of others
	doomed     bool // the end came because somebody could never be started
	exits      int
}

func newObserver(spec *supervisor.Spec, lateness time.Duration) *observer {
	o := &observer{
		spec: spec, met: coverage{}, podState: string(supervisor.PodNew), lateness: lateness,
		timers: map[supervisor.TimerKind]map[string]armed{}, peers: map[string]supervisor.Peer{},
	}
	for i := range spec.Init {
		role := supervisor.RoleInit
		if spec.Init[i].Sidecar {
			role = supervisor.RoleSidecar
		}
		o.inits = append(o.inits, o.watch(&spec.Init[i], role))
	}
	for i := range spec.Main {
		o.mains = append(o.mains, o.watch(&spec.Main[i], mainRole(&spec.Main[i])))
	}
	return o
}

func (o *observer) watch(spec *supervisor.Container, role supervisor.Role) *watched {
	c := &watched{spec: spec, role: role, noteState: string(supervisor.Waiting), killedAt: -1, custodyWatched: custodyWatched{dumpAt: -1}, noticeWatched: noticeWatched{by: -1, expected: -1}, newsWatched: watchNews(spec), probes: watchProbes(spec)}
	c.defined = spec
	o.all = append(o.all, c)
	return c
}

// fail notes the first broken rule.
func (o *observer) fail(format string, args ...any) {
	if o.problem == "" {
		o.problem = fmt.Sprintf("%s: %s", o.now, fmt.Sprintf(format, args...))
	}
}

func (o *observer) find(name string) *watched {
	for _, c := range o.all {
		if c.spec.Name == name {
			return c
		}
	}
	o.fail("nobody is called %q", name)
	return &watched{spec: &supervisor.Container{}}
}

// stale checks the one rule on events of the past: nothing comes of them.
func (o *observer) stale(event supervisor.Event, actions []supervisor.Action) {
	o.met["event stale"]++
	if len(actions) > 0 {
		o.fail("%T%+v belongs to the past and is answered by %v", event, event, actions)
	}
}

// step checks one step of the machine: first it takes note of the fact, then it
// looks whether each action is allowed, and at last whether something is missing.
func (o *observer) step(now time.Duration, event supervisor.Event, actions []supervisor.Action) {
	o.now, o.event, o.owed = now, event, nil
	o.fact(event)
	o.advanceAnew()
	o.advanceHold()
	o.mayEnd()
	o.heedNews()
	o.follow()
	o.pass()
	o.unpark()
	o.park(actions)
	o.noted = ""
	for i, action := range actions {
		o.action(action)
		o.noted = ""
		if note, ok := action.(supervisor.Note); ok {
			o.noted = note.Name
		}
		if _, ok := action.(supervisor.Exit); ok && i != len(actions)-1 {
			o.fail("Exit is not the last action: %v", actions)
		}
	}
	o.missing()
}
