package supervisor_test

import (
	"fmt"
	"slices"
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
	over                  // ended for good
	dropped               // it never ran and never will
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
	ran               bool // there is a last run, or a start that failed for good
	code              int
	asked             bool // the last run had been told to end

	stoppedAt, graceLeft time.Duration // of this run; -1 before
	killedAt             time.Duration // of this run; -1 before
	emptyGen             int
	straysTold           int // the signal that they were sent; 0 before
	straysDue            time.Duration
	roomDelay            time.Duration
	nth                  int // which restart is next in the back-off
	due                  time.Duration
	dueLatest            time.Duration // with all of the jitter
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
	held       []int // signals that forward mode owes to main
	owed       []int // signals to be passed on in this step
	exits      int
}

func newObserver(spec *supervisor.Spec, lateness time.Duration) *observer {
	o := &observer{
		spec: spec, met: coverage{}, podState: string(supervisor.PodNew), lateness: lateness,
		timers: map[supervisor.TimerKind]map[string]armed{},
	}
	for i := range spec.Init {
		role := supervisor.RoleInit
		if spec.Init[i].Sidecar {
			role = supervisor.RoleSidecar
		}
		o.inits = append(o.inits, o.watch(&spec.Init[i], role))
	}
	for i := range spec.Main {
		o.mains = append(o.mains, o.watch(&spec.Main[i], supervisor.RoleMain))
	}
	return o
}

func (o *observer) watch(spec *supervisor.Container, role supervisor.Role) *watched {
	c := &watched{spec: spec, role: role, noteState: string(supervisor.Waiting), stoppedAt: -1, killedAt: -1}
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
	o.mayEnd()
	for i, action := range actions {
		o.action(action)
		if _, ok := action.(supervisor.Exit); ok && i != len(actions)-1 {
			o.fail("Exit is not the last action: %v", actions)
		}
	}
	o.missing()
}

// fact takes note of an event.
func (o *observer) fact(event supervisor.Event) {
	switch e := event.(type) {
	case supervisor.Boot:
		o.met["event Boot"]++
		o.booted = true
	case supervisor.Spawned:
		o.spawned(o.find(e.Name), e)
	case supervisor.Exited:
		o.met["event Exited"]++
		o.exited(e)
	case supervisor.Emptied:
		o.met["event Emptied"]++
		if c := o.find(e.Name); c.phase == emptying && c.emptyGen == e.Gen {
			o.decide(c)
		}
	case supervisor.Orphan:
		o.met["event Orphan"]++
	case supervisor.Fired:
		o.met["event Fired "+string(e.Timer.Kind)]++
		o.fired(e.Timer)
	case supervisor.Signal:
		o.met["event Signal"]++
		o.signal(e.Num)
	}
}

// spawned takes note of the answer to a Spawn.
func (o *observer) spawned(c *watched, e supervisor.Spawned) {
	if c.phase != asked || c.gen != e.Gen {
		o.fail("%s#%d is answered and was not asked for", e.Name, e.Gen)
		return
	}
	if o.ending {
		o.lastAnswer = o.now
	}
	switch {
	case e.Failure == nil:
		o.met["event Spawned"]++
		c.phase, c.pid, c.started, c.roomDelay = running, e.PID, o.now, 0
		c.stoppedAt, c.killedAt = -1, -1
		c.passed = c.passed || c.role == supervisor.RoleSidecar && !o.ending
	case e.Failure.Temporary:
		o.met["event Spawned temporary"]++
		if o.ending {
			o.giveUp(c)
			return
		}
		c.phase = noRoom
		c.roomDelay = min(max(2*c.roomDelay, 100*time.Millisecond), 5*time.Second)
		c.due = o.now + c.roomDelay
	default:
		o.met["event Spawned failure"]++
		c.started, c.roomDelay, c.ran, c.asked = o.now, 0, true, o.ending
		c.finished = o.now
		c.code = 128
		if o.spec.Forward {
			c.code = e.Failure.Code
		}
		o.decide(c)
	}
	if c.phase == running {
		o.owed, o.held = o.held, nil
	} else if i := slices.IndexFunc(o.held, isStop); c.phase == noRoom && i >= 0 {
		o.end(o.held[i])
	}
}

// giveUp is what becomes of a container that waits for a start when the pod ends.
func (o *observer) giveUp(c *watched) {
	c.phase = dropped
	if c.ran {
		c.phase = over
	}
}

// exited takes note of the end of a process.
func (o *observer) exited(e supervisor.Exited) {
	for _, c := range o.all {
		if c.phase != running || c.pid != e.PID {
			continue
		}
		c.ran, c.finished, c.code = true, o.now, e.Status.ExitCode()
		c.asked = c.stoppedAt >= 0 || c.killedAt >= 0
		c.pid = 0
		if e.Strays > 0 && c.spec.KillMode != supervisor.KillProcess {
			o.met["event Exited strays"]++
			c.phase, c.straysTold = emptying, 0
			return
		}
		o.decide(c)
		return
	}
}

// decide works out what becomes of a container whose run is over and gone.
func (o *observer) decide(c *watched) {
	c.phase = over
	if c.role == supervisor.RoleInit && c.code == 0 {
		c.passed = true
	}
	if o.ending || !o.restarts(c) {
		return
	}
	b := o.backoff()
	if c.finished-c.started > b.ResetAfter {
		c.nth = 0
	}
	wait := time.Duration(0)
	if c.nth > 0 {
		wait = b.Max
		if c.nth < 30 {
			wait = min(b.Initial<<(c.nth-1), b.Max)
		}
	}
	c.nth++
	c.phase, c.due = resting, c.finished+wait
	c.dueLatest = c.due + time.Duration(b.Jitter*float64(wait))
}

// restarts is the table of restart policies.
func (o *observer) restarts(c *watched) bool {
	policy := o.spec.RestartPolicy
	if c.spec.RestartPolicy != "" {
		policy = c.spec.RestartPolicy
	}
	switch {
	case o.spec.Forward:
		return false
	case c.role == supervisor.RoleSidecar:
		return true
	case policy == supervisor.RestartNever:
		return false
	case policy == supervisor.RestartOnFailure, c.role == supervisor.RoleInit:
		return c.code != 0
	}
	return true
}

// backoff is the pod's back-off with the kubelet's numbers where it has none: a
// maximum that is set bounds the first wait too.
func (o *observer) backoff() supervisor.Backoff {
	b := o.spec.Backoff
	if b.ResetAfter == 0 {
		b.ResetAfter = 10 * time.Minute
	}
	switch {
	case b.Initial == 0 && b.Max == 0:
		b.Initial, b.Max = 10*time.Second, 5*time.Minute
	case b.Initial == 0:
		b.Initial = min(10*time.Second, b.Max)
	case b.Max == 0:
		b.Max = max(5*time.Minute, b.Initial)
	}
	return b
}

// fired takes note of a timer that has run out, on time or late.
func (o *observer) fired(t supervisor.Timer) {
	a, ok := o.timers[t.Kind][t.Name]
	if !ok || a.timer != t || a.at > o.now {
		o.fail("timer %+v runs out and was not armed for now", t)
		return
	}
	delete(o.timers[t.Kind], t.Name)
	switch t.Kind {
	case supervisor.TimerTurn:
		o.turnOver = true
	case supervisor.TimerShutdown:
		o.turnOver = true
		o.hurryUp()
	case supervisor.TimerStuck:
		c := o.find(t.Name)
		c.phase, c.ran, c.code, c.asked, c.finished, c.pid = over, true, 137, true, o.now, 0
	case supervisor.TimerEmpty:
		if c := o.find(t.Name); c.straysTold == 9 {
			o.decide(c)
		} else {
			c.straysDue = o.now
		}
	case supervisor.TimerRetry, supervisor.TimerBackoff, supervisor.TimerGrace:
	}
}

func (o *observer) hurryUp() {
	if !o.hurry {
		o.hurry, o.hurried = true, o.now
	}
}

func isStop(num int) bool { return num == 15 || num == 2 }

// signal takes note of a signal.
func (o *observer) signal(num int) {
	if to, ok := o.spec.Signals[num]; ok {
		if to == 0 {
			return
		}
		num = to
	}
	if isStop(num) {
		o.asks++
	}
	switch {
	case o.spec.Forward && o.mains[0].phase == noRoom && isStop(num):
		o.end(num)
	case o.spec.Forward && (o.mains[0].phase == asked || o.mains[0].phase == noRoom):
		if !slices.Contains(o.held, num) {
			o.held = append(o.held, num)
		}
	case o.spec.Forward && o.mains[0].phase == emptying && isStop(num) && o.asks >= 2:
		if o.mains[0].straysTold != 9 {
			o.mains[0].straysDue = o.now
		}
	case o.spec.Forward && o.mains[0].phase != running:
	case o.spec.Forward, !isStop(num):
		o.owed = []int{num}
	case !o.ending:
		o.end(num)
	case o.asks >= 2:
		o.hurryUp()
	}
}

// mayEnd works out whether the pod is to end by itself now.
func (o *observer) mayEnd() {
	if o.ending || !o.booted {
		return
	}
	for _, c := range o.inits {
		if c.role == supervisor.RoleInit && c.phase == over && c.code != 0 {
			o.failedInit = c
			o.end(0)
			return
		}
	}
	ended := 0
	for _, c := range o.mains {
		if c.phase == over {
			ended++
		}
	}
	if ended == len(o.mains) || ended > 0 && o.spec.ExitWhen == supervisor.ExitWhenAny {
		o.end(0)
	}
}

// end begins the end of the pod.
func (o *observer) end(operator int) {
	o.ending, o.since, o.operator, o.lastAnswer = true, o.now, operator, o.now
	for _, c := range o.all {
		switch c.phase {
		case noRoom:
			o.giveUp(c)
		case resting:
			c.phase = over
		case fresh:
			c.phase = dropped
		case asked, running, emptying, over, dropped:
		}
	}
}
