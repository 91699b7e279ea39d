package supervisor_test

import (
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// judgeEnd works out what ended a run that has failed, which is to be told by a Capture in
// this step; and whether the container is held because of it.
func (o *observer) judgeEnd(c *watched, startError bool) (isHeld bool) {
	c.trigger = o.trigger(c, startError)
	if c.trigger == "" || c.finished-c.started > o.backoff().ResetAfter {
		c.crashes = 0
	}
	c.fileJob()
	isHeld = o.mustHold(c)
	if !c.failed() {
		c.trial = false
	}
	if c.trigger != "" {
		o.met["captured "+string(c.trigger)]++
		pid := c.pid
		if startError {
			pid = 0
		}
		o.captures = append(o.captures, supervisor.Capture{
			Name: c.spec.Name, Gen: c.gen, PID: pid, Role: c.role, Restarts: c.restarts, Trigger: c.trigger, Held: isHeld,
		})
	}
	return isHeld
}

func (o *observer) trigger(c *watched, startError bool) supervisor.Trigger {
	num := c.signal
	if num == 0 {
		num = c.code - 128
	}
	switch {
	case c.cause == "probe":
		return supervisor.Trigger(c.culprit)
	case c.cause == "hook":
		return supervisor.TriggerPostStart
	case c.asked || !c.failed() || slices.Contains(c.sent, num) || o.spec.Forward && (o.asks > 0 || num == 2):
		return ""
	case startError:
		return supervisor.TriggerStart
	}
	return supervisor.TriggerExit
}

// capture: each failed run is told once, of the run that has failed, after the note of its end
// and before anything of it is touched or started.
func (o *observer) capture(a supervisor.Capture) {
	if len(o.captures) == 0 {
		o.fail("%s#%d is captured and has not failed, or is for the second time", a.Name, a.Gen)
		return
	}
	want := o.captures[0]
	o.captures = o.captures[1:]
	c := o.find(a.Name)
	if a.End.Status.ExitCode() != c.code || !a.End.Finished.Equal(epoch.Add(o.now)) {
		o.fail("the capture of %s#%d says that it ended with %+v, should be code %d, now", a.Name, a.Gen, a.End, c.code)
	}
	if spoken := a.Probe != ""; spoken != (a.Trigger != supervisor.TriggerExit && a.Trigger != supervisor.TriggerStart) {
		o.fail("the capture of %s#%d by %s says %q of probes", a.Name, a.Gen, a.Trigger, a.Probe)
	}
	if o.noted != a.Name {
		o.fail("%s#%d is captured and its end has not just been told", a.Name, a.Gen)
	}
	a.End, a.Probe = want.End, want.Probe
	if a != want {
		o.fail("the capture is %+v, should be %+v", a, want)
	}
}

// look: at a process that is there, once, before it is stopped for a probe or killed at the end
// of its grace.
func (o *observer) look(a supervisor.Look) {
	c := o.find(a.Name)
	switch {
	case !c.lookDue:
		o.fail("%s is looked at and need not be", a.Name)
	case c.phase != running || c.pid != a.PID || c.gen != a.Gen:
		o.fail("%s#%d, process %d, is looked at and is not there", a.Name, a.Gen, a.PID)
	}
	o.met["look"]++
	c.lookDue = false
}

// dumpDue takes note that a process is to be asked for evidence in this step.
func (o *observer) askForDump(c *watched) {
	o.met["dump"]++
	c.dumpDue = true
}

// dump: the signal for evidence goes out when it is due, and only then.
func (o *observer) dump(c *watched, a supervisor.Kill) {
	if a.Signal != c.spec.Dump.Signal || a.Scope != supervisor.ScopeProcess || c.lookDue {
		o.fail("%s is sent %s (%s), evidence was due", a.Name, supervisor.SignalName(a.Signal), a.Scope)
	}
	c.dumpDue = false
}

func dumpWait(c *watched) time.Duration {
	if c.spec.Dump.Wait == 0 {
		return 500 * time.Millisecond
	}
	return c.spec.Dump.Wait
}

// stopForProbe takes note of a startup or liveness probe that has failed.
func (o *observer) stopForProbe(c *watched) {
	c.lookDue = true
	if (c.culprit == supervisor.ProbeLiveness || c.culprit == "watchdog") && c.spec.Dump.Signal != 0 {
		c.stage, c.dumpAt = stageDump, o.now+dumpWait(c)
		o.askForDump(c)
	}
}

// dumpFired takes note that the evidence has had its time, or that it is due.
func (o *observer) dumpFired(c *watched) {
	switch c.stage {
	case stageDump:
		c.stage, c.dumpAt = stageNone, -1
	case stageSignal:
		c.dumpAt = -1
		o.askForDump(c)
	case stageNone, stageHook, stageTurn:
		o.fail("the dump timer of %s runs out and nothing is to be dumped", c.spec.Name)
	}
}

// cutDump takes note that the end waits for no evidence.
func (o *observer) cutDump(c *watched, grace time.Duration) {
	o.met["dump is cut short"]++
	c.ownGrace = min(c.ownGrace, grace)
	c.stage, c.dumpAt = stageNone, -1
	if c.spec.PreStop == nil || c.ownGrace <= 0 {
		c.stage, c.left, c.leftSince = stageTurn, c.ownGrace, o.now
	}
}

// planDump works out when a grace that ends at killAt is to be used for evidence.
func (o *observer) planDump(c *watched) {
	c.dumpAt = -1
	if wait := dumpWait(c); c.spec.Dump.Signal != 0 && c.killAt-o.now > wait {
		c.dumpAt = c.killAt - wait
	}
}

// mustTell checks that each failed run has been captured, and that looks and requests for
// evidence that were due have been made.
func (o *observer) mustTell() {
	for _, c := range o.captures {
		o.fail("the end of %s#%d by %s is not captured", c.Name, c.Gen, c.Trigger)
	}
	o.captures = nil
	for _, c := range o.all {
		switch {
		case c.lookDue:
			o.fail("%s is not looked at", c.spec.Name)
		case c.dumpDue:
			o.fail("%s is not asked for evidence", c.spec.Name)
		case c.phase != running || c.killedAt >= 0 || c.dumpAt < 0:
			o.mustNotBeArmed(supervisor.TimerDump, c.spec.Name)
		default:
			o.mustBeArmed(supervisor.TimerDump, c.spec.Name, c.dumpAt, c.dumpAt)
		}
	}
}
