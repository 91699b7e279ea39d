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
	for _, c := range o.all {
		o.waits(c)
	}
	if !o.booted && !o.ending {
		return
	}
	if o.ending {
		o.mustStop()
		o.mustExit()
		return
	}
	o.mustStart()
}

func (o *observer) mustPassOn() bool {
	for _, c := range o.mains {
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
		o.mustBeArmed(supervisor.TimerRetry, c.spec.Name, c.due, c.due)
	case resting:
		o.mustBeArmed(supervisor.TimerBackoff, c.spec.Name, c.due, c.dueLatest)
	case emptying:
		if c.straysTold == 0 {
			o.fail("what %s left behind is not told to end", c.spec.Name)
		}
		o.mustBeArmed(supervisor.TimerEmpty, c.spec.Name, c.straysDue, c.straysDue)
	case running:
		switch {
		case c.killedAt >= 0:
			o.mustBeArmed(supervisor.TimerStuck, c.spec.Name, c.killedAt+stuckAllowance, c.killedAt+stuckAllowance)
		case c.stoppedAt >= 0:
			o.mustBeArmed(supervisor.TimerGrace, c.spec.Name, c.stoppedAt+c.graceLeft, c.stoppedAt+c.graceLeft)
		}
	case fresh, asked, over, dropped:
		for kind, timers := range o.timers {
			if _, ok := timers[c.spec.Name]; ok {
				o.fail("%s has a %s timer and waits for nothing", c.spec.Name, kind)
			}
		}
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

// mustStart checks that everyone whose turn has come has been started.
func (o *observer) mustStart() {
	for _, c := range o.all {
		if c.phase == fresh && o.isTurnOf(c) {
			o.fail("it is the turn of %s and it is not started", c.spec.Name)
		}
	}
}

// mustStop checks that everyone who must end has been told so, and that the
// shutdown keeps within its time.
func (o *observer) mustStop() {
	waiting := false
	for _, c := range o.all {
		if c.phase != running || c.killedAt >= 0 || o.spec.Forward {
			continue
		}
		turn := o.turnOver || o.mayStop(c)
		switch {
		case o.hurry:
			o.fail("%s has no grace left and is not sent SIGKILL", c.spec.Name)
		case c.stoppedAt >= 0:
		case c.role != supervisor.RoleSidecar || turn:
			o.fail("%s is not asked to end", c.spec.Name)
		default:
			waiting = true
		}
	}
	if waiting {
		o.mustBeArmed(supervisor.TimerTurn, "", o.since+o.spec.Grace, o.since+o.spec.Grace)
	}
	if o.spec.ShutdownTimeout > 0 && !o.hurry {
		if due := o.since + o.spec.ShutdownTimeout; o.exits == 0 {
			o.mustBeArmed(supervisor.TimerShutdown, "", due, due)
		}
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

// code is the exit code as the package comment states it.
func (o *observer) code() int {
	if o.failedInit != nil {
		if o.failedInit.code == 0 {
			return 137 // the OOM killer struck
		}
		return o.failedInit.code
	}
	allRan := true
	for _, c := range o.mains {
		if !c.ran {
			allRan = false
		} else if c.code != 0 && (o.operator != 0 || !c.asked) {
			return c.code
		}
	}
	if o.operator != 0 && !allRan {
		return 128 + o.operator
	}
	return 0
}

// remap is the exit code after the spec's replacements.
func (o *observer) remap(code int) int {
	for _, r := range o.spec.Remap {
		if r.From == code && (!r.Stopped || o.asks > 0) {
			return r.To
		}
	}
	return code
}

// compare checks a snapshot against what an outsider knows.
func (o *observer) compare(s supervisor.Snapshot) {
	if string(s.State) != o.podState {
		o.fail("the snapshot says that the pod is %s, the notes say %s", s.State, o.podState)
	}
	for i, c := range o.all {
		got := s.Containers[i]
		if got.Name != c.spec.Name || got.Role != c.role || string(got.State) != c.noteState || got.PID != c.pid ||
			got.Restarts != c.restarts || (got.Last != nil) != c.ran {
			o.fail("the snapshot says %+v, seen was %+v", got, *c)
		}
		if got.Last != nil && (got.Last.Status.ExitCode() != c.code || got.Last.Asked != c.asked) {
			o.fail("the snapshot says that %s ended with %+v, seen was %+v", c.spec.Name, *got.Last, *c)
		}
	}
}
