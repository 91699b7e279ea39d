package supervisor_test

import (
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// fact takes note of an event.
func (o *observer) fact(event supervisor.Event) {
	switch e := event.(type) {
	case supervisor.Boot:
		o.met["event Boot"]++
		o.booted = true
	case supervisor.Spawned:
		o.spawned(o.find(e.Name), e)
		o.handOver()
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
		o.met[firedLabel(e.Timer.Kind)]++
		o.fired(e.Timer)
	case supervisor.Signal:
		o.met["event Signal"]++
		o.signal(e.Num)
	case supervisor.Probed:
		o.met[probedLabels[e.Kind][e.Result]]++
		o.probed(o.find(e.Name), e)
	case supervisor.HookDone:
		o.met["event HookDone "+string(e.Hook)]++
		o.hookDone(o.find(e.Name), e)
	case supervisor.Command:
		o.command(e)
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
		o.runs(c, e.PID)
	case e.Failure.Temporary:
		o.met["event Spawned temporary"]++
		switch {
		case c.goal == "stop" && !o.ending:
			o.beStopped(c, false)
			return
		case o.ending || o.anew != nil:
			o.giveUp(c)
			return
		}
		c.phase = noRoom
		c.roomDelay = min(max(2*c.roomDelay, 100*time.Millisecond), 5*time.Second)
		c.due, c.dueReached = o.now+c.roomDelay, false
	default:
		o.met["event Spawned failure"]++
		c.roomDelay = 0
		code := 128
		if o.spec.Forward {
			code = e.Failure.Code
		}
		c.started = o.now
		o.file(c, code)
		c.asked, c.oom, c.signal = o.ending, false, 0
		if o.judgeEnd(c, true) {
			o.beHeld(c, 0)
		} else {
			o.decide(c)
		}
	}
}

// handOver takes note of what becomes of the signals that came before main ran.
func (o *observer) handOver() {
	early := o.early
	o.early = nil
	for _, s := range early {
		o.forwarded(s)
	}
}

// runs takes note of a process that has come up.
func (o *observer) runs(c *watched, pid int) {
	c.phase, c.pid, c.started, c.roomDelay = running, pid, o.now, 0
	c.postStarted = c.spec.PostStart == nil
	c.hookDue = !c.postStarted && !o.ending && o.anew == nil && c.goal == ""
	for _, p := range c.probes {
		p.reset()
	}
}

// file takes note of the end of a run.
func (o *observer) file(c *watched, code int) {
	c.hadRun = c.ran
	c.before = c.finished
	c.ran, c.finished, c.code = true, o.now, code
}

// giveUp is what becomes of a container that waits for a start when the pod ends, or
// starts anew.
func (o *observer) giveUp(c *watched) {
	switch {
	case o.anew != nil:
		c.phase = fresh
	case c.ran:
		c.phase = over
	default:
		c.phase = dropped
	}
}

// exited takes note of the end of a process.
func (o *observer) exited(e supervisor.Exited) {
	for _, c := range o.all {
		if c.phase != running || c.pid != e.PID {
			continue
		}
		o.file(c, e.Status.ExitCode())
		c.asked, c.oom, c.signal = c.stage != stageNone || c.killedAt >= 0, e.OOMKilled, e.Status.Signal
		o.hastenYouth(c)
		isHeld := o.judgeEnd(c, false)
		o.gone(c)
		strays := e.Strays
		if c.spec.KillMode == supervisor.KillProcess || o.spec.Forward && o.spec.Wrap.Leftovers == supervisor.LeftoversLeave {
			strays = 0
		}
		switch {
		case isHeld:
			o.beHeld(c, strays)
			return
		case strays > 0:
			o.met["event Exited strays"]++
			c.phase, c.straysTold = emptying, 0
			return
		}
		o.decide(c)
		return
	}
}

// gone takes note that a process is no more: its probes in flight are to be given up.
func (o *observer) gone(c *watched) {
	c.pid = 0
	c.phase = over
	for _, p := range c.probes {
		p.giveUp = p.inFlight
		p.inFlight = false
	}
}

// decide works out what becomes of a container whose run is over and gone.
func (o *observer) decide(c *watched) {
	goal := c.goal
	c.phase, c.goal = over, ""
	switch {
	case o.ending:
		c.override = nil
	case goal == "stop" || goal == "park" && o.holding():
		o.beStopped(c, goal == "park")
	case o.anew != nil:
		o.waitsAnew(c)
	case goal == "release" && c.role != supervisor.RoleSidecar:
		c.override = nil
	case goal == "restart" || goal == "retry" || goal == "park":
		c.phase, c.due, c.dueLatest, c.dueReached = resting, o.now, o.now, true
	case o.rule(c) == supervisor.RuleRestartAllContainers:
		o.beginAnew(c)
	case o.restarts(c):
		if c.trigger != "" {
			c.crashes++
		}
		c.override = nil
		c.due, c.dueLatest = o.nextBackoff(c)
		c.phase, c.dueReached = resting, c.dueLatest <= o.now
	default:
		c.override = nil
		c.trial, c.kept = false, false
	}
}

// nextBackoff works out when the restart that follows may come, and when it comes at
// the latest. A run that a probe has ended counts from the end of the run before it.
func (o *observer) nextBackoff(c *watched) (due, latest time.Duration) {
	b := o.backoff()
	record := c.finished
	if c.cause == "probe" {
		if !c.hadRun {
			return o.now, o.now
		}
		record = c.before
	}
	if c.nth == 0 || c.finished-c.started > b.ResetAfter {
		c.nth = 1
		return o.now, o.now
	}
	wait := b.Initial
	for i := 1; i < c.nth && wait < b.Max; i++ {
		wait = min(2*wait, b.Max)
	}
	c.nth++
	return max(record+wait, o.now), max(record+wait+time.Duration(b.Jitter*float64(wait)), o.now)
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

// failed tells whether the last run was no success. For a plain init container it
// was none where the OOM killer struck, whatever the exit code.
func (c *watched) failed() bool { return c.code != 0 || c.role == supervisor.RoleInit && c.oom }

// rule is the action of the first rule that fits the end of a run.
func (o *observer) rule(c *watched) supervisor.RuleAction {
	for _, r := range c.spec.Rules {
		if fits := slices.Contains(r.Codes, c.code); c.cause != "probe" && fits == !r.NotIn {
			return r.Action
		}
	}
	return ""
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
	case c.role == supervisor.RoleInit && !c.failed():
		return false
	case o.rule(c) == supervisor.RuleRestart:
		return true
	case policy == supervisor.RestartNever:
		return false
	case policy == supervisor.RestartOnFailure:
		return c.failed() || c.cause == "probe"
	}
	return true
}
