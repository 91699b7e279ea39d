package supervisor_test

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// stuckAllowance is how long a process may outlive SIGKILL before it is given up.
const stuckAllowance = 10 * time.Second

// missing checks, after a step, that nothing has been forgotten: whoever waits
// has a timer, whoever may start has been started, whoever must end has been told
// so, and a pod of which nothing is left has exited.
func (o *observer) missing() {
	if len(o.owed) > 0 && o.mustPassOn() {
		o.fail("%s was not passed on", supervisor.SignalName(o.owed[0]))
	}
	o.mustReply()
	o.mustReload()
	o.mustTell()
	o.mustBeHeld()
	for _, c := range o.all {
		o.waits(c)
		o.mustRunHooks(c)
		for _, p := range c.probes {
			o.mustProbe(c, p)
		}
		o.mustStop(c)
		o.mustListen(c)
		o.mustSchedule(c)
		o.mustHeedNews(c)
	}
	if !o.booted && !o.ending {
		return
	}
	if o.ending {
		o.mustEndInTime()
		o.mustExit()
		return
	}
	o.mustStart()
}

func (o *observer) mustPassOn() bool {
	for _, c := range o.lasting() {
		if c.phase == running && c.killedAt < 0 {
			return true
		}
	}
	return false
}

// waits checks that a container that waits for a time has a timer for it, armed
// for exactly that time.
func (o *observer) waits(c *watched) {
	switch c.phase {
	case noRoom:
		if c.dueReached {
			o.mustNotBeArmed(supervisor.TimerRetry, c.spec.Name)
		} else {
			o.mustBeArmed(supervisor.TimerRetry, c.spec.Name, c.due, c.due)
		}
	case resting:
		// With jitter, whether a wait is over already shows only here.
		if _, armed := o.timers[supervisor.TimerBackoff][c.spec.Name]; !armed && c.due <= o.now && (o.holder(c) != nil || !o.needsMet(c)) {
			c.dueReached = true
		}
		if c.dueReached {
			o.mustNotBeArmed(supervisor.TimerBackoff, c.spec.Name)
		} else {
			o.mustBeArmed(supervisor.TimerBackoff, c.spec.Name, c.due, c.dueLatest)
		}
	case emptying:
		if c.straysTold == 0 {
			o.fail("what %s left behind is not told to end", c.spec.Name)
		}
		o.mustBeArmed(supervisor.TimerEmpty, c.spec.Name, c.straysDue, c.straysDue)
	case running:
		o.waitsToEnd(c)
	case fresh, asked, over, dropped, held, stopped, gone:
		for kind, timers := range o.timers {
			if _, ok := timers[c.spec.Name]; ok && kind != supervisor.TimerEvery {
				o.fail("%s has a %s timer and waits for nothing", c.spec.Name, kind)
			}
		}
	}
}

// waitsToEnd checks the timers of a process that is being stopped.
func (o *observer) waitsToEnd(c *watched) {
	name := c.spec.Name
	switch {
	case c.killedAt >= 0:
		o.mustBeArmed(supervisor.TimerStuck, name, c.stuckDue, c.stuckDue)
		o.mustNotBeArmed(supervisor.TimerGrace, name)
		o.mustNotBeArmed(supervisor.TimerPreStop, name)
	case c.stage == stageSignal:
		o.mustBeArmed(supervisor.TimerGrace, name, c.killAt, c.killAt)
		o.mustNotBeArmed(supervisor.TimerPreStop, name)
	case c.young && c.stage == stageNone:
		o.mustBeArmed(supervisor.TimerYouth, name, c.started+200*time.Millisecond, c.started+200*time.Millisecond)
	case c.stage == stageHook:
		o.mustBeArmed(supervisor.TimerPreStop, name, c.leftSince+c.left, c.leftSince+c.left)
	default:
		o.mustNotBeArmed(supervisor.TimerGrace, name)
		o.mustNotBeArmed(supervisor.TimerPreStop, name)
	}
}

func (o *observer) mustNotBeArmed(kind supervisor.TimerKind, name string) {
	if _, ok := o.timers[kind][name]; ok {
		o.fail("%s has a %s timer and does not wait for it", name, kind)
	}
}

// mustBeArmed checks that a timer is armed for a time between two.
func (o *observer) mustBeArmed(kind supervisor.TimerKind, name string, earliest, latest time.Duration) {
	a, ok := o.timers[kind][name]
	switch {
	case !ok:
		o.fail("%s waits and no %s timer is armed", name, kind)
	case a.at < earliest || a.at > latest:
		o.fail("the %s timer of %q is armed for %s, should be %s to %s", kind, name, a.at, earliest, latest)
	}
}

// mustStart checks that everyone whose turn or time has come has been started.
func (o *observer) mustStart() {
	if o.anew != nil {
		if o.anewWaits {
			o.mustBeArmed(supervisor.TimerAnew, "", o.anewDue, o.anewLatest)
		}
		return
	}
	o.mustNotBeArmed(supervisor.TimerAnew, "")
	for _, c := range o.all {
		turn := c.phase == fresh && !c.isJob() && o.freshTurn(c) || (c.phase == resting || c.phase == noRoom) && c.dueReached || c.startDue || o.wakes(c)
		switch {
		case turn && !o.mayStart(c):
			o.met["started by hand later"]++
		case turn && !o.needsMet(c):
			o.met["waits for a dependency"]++
		case turn && o.holder(c) == nil:
			o.fail("it is the turn of %s and it is not started", c.spec.Name)
		case turn:
			o.met["held up by a hook"]++
		}
	}
}

// mustStop checks that who must end has been told so.
func (o *observer) mustStop(c *watched) {
	_, must := o.toStop(c)
	if c.phase != running || c.killedAt >= 0 || !must {
		return
	}
	switch {
	case o.hurry:
		o.fail("%s has no grace left and is not sent SIGKILL", c.spec.Name)
	case c.stage == stageHook, c.stage == stageSignal:
	case !o.waitsForTurn(c):
		o.fail("%s is not asked to end", c.spec.Name)
	case o.turnOver || o.mayStop(c):
		o.fail("it is the turn of sidecar %s and it is not asked to end", c.spec.Name)
	default:
		if grace, _ := o.toStop(c); c.stage == stageNone && c.spec.PreStop != nil && grace > 0 {
			o.fail("the preStop hook of sidecar %s is not run", c.spec.Name)
		}
		o.mustBeArmed(supervisor.TimerTurn, "", o.since+o.spec.Grace, o.since+o.spec.Grace)
	}
}

// mustEndInTime checks that the shutdown keeps within its time.
func (o *observer) mustEndInTime() {
	if o.spec.ShutdownTimeout > 0 && !o.hurry && o.exits == 0 {
		due := o.since + o.spec.ShutdownTimeout
		o.mustBeArmed(supervisor.TimerShutdown, "", due, due)
	}
	if latest := o.deadline(); o.now > latest && !o.spec.Forward {
		o.fail("the shutdown began at %s, should have ended at %s", o.since, latest)
	}
}

// deadline is when the shutdown must be over: the grace, the two seconds of the
// sidecars that had to wait, and what a process stuck in the kernel and then what
// it leaves behind may cost.
func (o *observer) deadline() time.Duration {
	extra := stuckAllowance + supervisor.MinimumGrace + 4*o.lateness
	latest := max(o.since, o.lastAnswer) + max(o.spec.Grace, supervisor.MinimumGrace) + supervisor.MinimumGrace + extra
	if o.spec.ShutdownTimeout > 0 { // who asks for more time may have all of that
		latest = max(latest, o.since+o.spec.ShutdownTimeout+extra)
	}
	if o.hurry {
		latest = min(latest, max(o.hurried, o.lastAnswer)+extra)
	}
	return latest
}

// mustExit checks that a pod of which nothing is left has exited.
func (o *observer) mustExit() {
	for _, c := range o.all {
		if c.phase.alive() {
			return
		}
	}
	if o.exits == 0 {
		o.fail("nothing of the pod is left and it does not exit")
	}
}

// exit: once, when nothing is left, with the documented code.
func (o *observer) exit(a supervisor.Exit) {
	o.exits++
	if !o.ending {
		o.fail("the pod exits and is not ending")
	}
	for _, c := range o.all {
		if c.phase.alive() {
			o.fail("the pod exits and %s lives", c.spec.Name)
		}
	}
	if want := o.remap(o.code()); a.Code != want {
		o.fail("the pod exits with %d (%s), should be %d", a.Code, a.Message, want)
	}
	want := supervisor.PodSucceeded
	if a.Code != 0 {
		want = supervisor.PodFailed
	}
	if o.podState != string(want) {
		o.fail("the pod exits with %d and is %s", a.Code, o.podState)
	}
}
