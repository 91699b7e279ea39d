package supervisor_test

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// stage is how far the stopping of a run has come.
type stopStage int

const (
	stageNone   stopStage = iota
	stageDump             // it has been asked for evidence, which has its time
	stageHook             // its preStop hook runs and is waited for
	stageTurn             // that is over; the stop signal is still to come
	stageSignal           // the stop signal has been sent
)

// hookDone takes note of the end of a hook.
func (o *observer) hookDone(c *watched, e supervisor.HookDone) {
	if c.hook != e.Hook || c.gen != e.Gen {
		o.fail("hook %s of %s#%d ends and does not run", e.Hook, e.Name, e.Gen)
		return
	}
	c.hook = ""
	switch {
	case e.Hook == supervisor.HookPreStop:
		o.preStopOver(c)
	case e.Err == "":
		c.postStarted = true
	default:
		o.met["postStart fails"]++
		c.cause, c.ownGrace = "hook", o.spec.Grace
		c.young = o.now-c.started < 200*time.Millisecond
	}
}

// preStopOver takes note that a preStop hook is waited for no longer.
func (o *observer) preStopOver(c *watched) {
	if c.stage == stageHook {
		c.stage = stageTurn
		o.spend(c)
	}
}

// spend takes the whole seconds of a phase from the grace.
func (o *observer) spend(c *watched) {
	c.left -= (o.now - c.leftSince).Truncate(time.Second)
	c.leftSince = o.now
}

// hasten bounds a stop that is under way already when everything has to end.
func (o *observer) hasten(c *watched, grace time.Duration) {
	if c.young { // the stop for its hook comes too late
		c.young, c.cause = false, ""
	}
	switch c.stage {
	case stageDump:
		o.cutDump(c, grace)
	case stageHook:
		if c.leftSince+c.left-o.now <= grace {
			return
		}
		o.met["hastened hook"]++
		c.left, c.leftSince = grace, o.now
		if grace <= 0 {
			c.stage = stageTurn
		}
	case stageSignal:
		o.met["hastened stop"]++
		if bound := o.now + max(grace, supervisor.MinimumGrace); bound < c.killAt {
			c.killAt = bound
			o.planDump(c)
		}
	case stageNone, stageTurn:
	}
}

// toStop tells whether a container is to be stopped, and what grace it has. A sidecar of
// a pod that ends is, too: its hook runs at once, its signal waits for its turn.
func (o *observer) toStop(c *watched) (grace time.Duration, must bool) {
	switch {
	case c.stage == stageDump:
		return 0, false
	case c.cause != "" && !c.young:
		return c.ownGrace, true
	case o.anew != nil:
		return 0, c.goal != "" && (c.goal != "reload" || c.stage != stageNone) || c.role != supervisor.RoleSidecar || !o.mainAlive()
	case o.ending && (!o.spec.Forward || o.withPeers):
		return o.spec.Grace - (o.now - o.since).Truncate(time.Second), true
	case c.goal == "stop" || c.goal == "restart" || c.goal == "follow":
		return o.spec.Grace, c.stage != stageNone || !o.takesAlong(c)
	case c.goal == "park":
		return o.spec.Grace, true
	case c.goal == "reload":
		return o.spec.Grace, c.stage != stageNone || o.reloadTurn(c)
	}
	return 0, false
}

// runHook: postStart right after the start of a run, in a pod that is not ending; preStop
// once, at the beginning of a stop, where there is time for it.
func (o *observer) runHook(c *watched, a supervisor.RunHook) {
	if a.Hook == supervisor.HookChanged {
		o.runNewsHook(c, a)
		return
	}
	if c.phase != running || c.gen != a.Gen || c.hook != "" {
		o.fail("hook %s of %s#%d is run and may not be", a.Hook, a.Name, a.Gen)
		return
	}
	c.hook = a.Hook
	if a.Hook == supervisor.HookPostStart {
		if !c.hookDue {
			o.fail("hook postStart of %s is run and it has not just started", a.Name)
		}
		c.hookDue = false
		return
	}
	grace, must := o.toStop(c)
	if c.goal == "reload" {
		o.hastenYouth(c)
	}
	switch {
	case c.spec.PreStop == nil || !must:
		o.fail("hook preStop of %s is run and it is not to be stopped", a.Name)
	case c.stage != stageNone:
		o.fail("hook preStop of %s is run in the middle of its stop", a.Name)
	case grace <= 0:
		o.fail("hook preStop of %s is run and has no time", a.Name)
	}
	o.hastenYouth(c)
	c.stage, c.left, c.leftSince = stageHook, grace, o.now
}

// stopHook: only a hook that runs is given up.
func (o *observer) stopHook(c *watched, a supervisor.StopHook) {
	if a.Hook == supervisor.HookChanged {
		o.stopNewsHook(c)
		return
	}
	if c.hook != a.Hook {
		o.fail("hook %s of %s is given up and does not run", a.Hook, a.Name)
	}
	o.met["given up "+string(a.Hook)]++
	c.hook = ""
}

// stop: the stop signal comes once, for a reason, after the preStop hook or its time, and
// to a sidecar of a pod that ends only when all mains are gone and the later sidecars
// too, or when the turns are over.
func (o *observer) stop(c *watched, sig int) {
	want := c.spec.StopSignal
	if want == 0 {
		want = 15
	}
	grace, must := o.toStop(c)
	if c.goal == "reload" {
		o.hastenYouth(c)
	}
	switch {
	case sig != want:
		o.fail("%s is sent %s", c.spec.Name, supervisor.SignalName(sig))
	case !must:
		o.fail("%s is asked to end and there is no reason", c.spec.Name)
	case c.stage == stageSignal || c.killedAt >= 0:
		o.fail("%s is asked to end twice", c.spec.Name)
	case c.stage == stageHook:
		o.fail("%s is asked to end and its preStop hook is not over", c.spec.Name)
	case c.stage == stageNone && c.spec.PreStop != nil && grace > 0:
		o.fail("%s is asked to end without its preStop hook", c.spec.Name)
	case o.waitsForTurn(c) && !o.mayStop(c) && !o.turnOver:
		o.fail("sidecar %s is asked to end before its turn", c.spec.Name)
	}
	o.hastenYouth(c)
	if c.stage == stageNone {
		c.left = grace
	} else {
		o.spend(c)
	}
	c.stage, c.signalAt = stageSignal, o.now
	c.killAt = o.now + max(c.left, supervisor.MinimumGrace)
	o.planDump(c)
}

// waitsForTurn tells whether a container has to wait for its turn to be stopped.
func (o *observer) waitsForTurn(c *watched) bool {
	return o.ending && (c.role == supervisor.RoleSidecar || o.hasDependants(c)) && (c.cause == "" || c.stage != stageNone)
}

// mustRunHooks checks that hooks are run when they are due, and none for what is gone.
func (o *observer) mustRunHooks(c *watched) {
	switch {
	case c.phase != running && c.hook != "":
		o.fail("hook %s of %s goes on and its process is gone", c.hook, c.spec.Name)
	case c.phase == running && c.hookDue:
		o.fail("hook postStart of %s is not run", c.spec.Name)
	case c.hook == supervisor.HookPostStart && (o.ending || c.stage != stageNone):
		o.fail("hook postStart of %s goes on and it is to end", c.spec.Name)
	case c.phase == running && c.stage == stageHook && c.hook != supervisor.HookPreStop && c.killedAt < 0:
		o.fail("hook preStop of %s is not waited for", c.spec.Name)
	case c.hook == supervisor.HookPreStop && c.killedAt >= 0:
		o.fail("hook preStop of %s goes on after SIGKILL", c.spec.Name)
	}
}
