package supervisor_test

import (
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// decide works out what becomes of a container whose run is over and gone.
func (o *observer) decide(c *watched) {
	goal := c.goal
	c.phase, c.goal = over, ""
	switch {
	case o.ending:
		c.override = nil
	case c.removed:
		c.phase = gone
	case goal == "stop" || goal == "park" && o.holding():
		o.beStopped(c, goal == "park")
	case o.anew != nil:
		o.waitsAnew(c)
	case goal == "reload":
		o.startAfresh(c)
	case goal == "release" && c.role != supervisor.RoleSidecar:
		c.override = nil
	case goal == "restart" || goal == "retry" || goal == "park" || goal == "follow":
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
	case c.isJob():
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
