package supervisor_test

import (
	"slices"

	"github.com/nile-init/nile/supervisor"
)

// action checks that an action is allowed at this moment.
func (o *observer) action(action supervisor.Action) {
	if o.exits > 0 {
		o.fail("%T after Exit", action)
	}
	switch a := action.(type) {
	case supervisor.Spawn:
		o.spawn(o.find(a.Name), a)
	case supervisor.Kill:
		o.kill(o.find(a.Name), a)
	case supervisor.KillStrays:
		o.killStrays(o.find(a.Name), a)
	case supervisor.StartProbe:
		o.startProbe(o.find(a.Name), a)
	case supervisor.StopProbe:
		o.stopProbe(o.find(a.Name), a)
	case supervisor.RunHook:
		o.runHook(o.find(a.Name), a)
	case supervisor.StopHook:
		o.stopHook(o.find(a.Name), a)
	case supervisor.Arm:
		o.arm(a)
	case supervisor.Disarm:
		if armed, ok := o.timers[a.Timer.Kind][a.Timer.Name]; !ok || armed.timer != a.Timer {
			o.fail("timer %+v is disarmed and was not armed", a.Timer)
		}
		delete(o.timers[a.Timer.Kind], a.Timer.Name)
	case supervisor.Note:
		o.note(a)
	case supervisor.Exit:
		o.exit(a)
	case supervisor.Reply:
		o.reply(a)
	case supervisor.Capture:
		o.capture(a)
	case supervisor.Look:
		o.look(a)
	case supervisor.Reloaded:
		o.reloaded(a)
	case supervisor.Define:
		o.define(a)
	case supervisor.Forget:
		o.forget(a)
	}
}

// spawn: never two incarnations; nothing starts once the pod is ending, nor while all are
// being ended to start anew; the init order; nothing while a postStart hook of one before
// it runs; no restart before its back-off.
func (o *observer) spawn(c *watched, a supervisor.Spawn) {
	if o.anewWaits && o.anewDue <= o.now { // with jitter, that the wait is over shows only here
		o.startAnew()
	}
	switch {
	case o.ending:
		o.fail("%s is started and the pod is ending", a.Name)
	case !o.booted:
		o.fail("%s is started before Boot", a.Name)
	case o.anew != nil:
		o.fail("%s is started and the old life is not over", a.Name)
	case o.holder(c) != nil:
		o.fail("%s is started and the postStart hook of %s is not done", a.Name, o.holder(c).spec.Name)
	case c.phase.alive():
		o.fail("%s is started and the run before is not over", a.Name)
	case a.Gen <= c.top:
		o.fail("%s is started as generation %d, which is not new", a.Name, a.Gen)
	case c.next != nil || c.removed:
		o.fail("%s is started as what it is no more", a.Name)
	case c.phase == fresh && !c.isJob() && !o.freshTurn(c):
		o.fail("%s is started and it is not its turn", a.Name)
	case (c.phase == resting || c.phase == noRoom) && o.now < c.due:
		o.fail("%s is started again %s before its time", a.Name, c.due-o.now)
	case c.phase == held && !c.startDue:
		o.fail("%s is started and is held, and nobody has retried it", a.Name)
	case c.byHand() && !c.startDue && !o.wakes(c) || c.phase == dropped:
		o.fail("%s is started and had ended for good, or was stopped", a.Name)
	case !o.mayStart(c):
		o.fail("%s is started by hand and it is not its turn", a.Name)
	case !o.needsMet(c):
		o.fail("%s is started and what it depends on is not as it should be", a.Name)
	case a.Override != c.override:
		o.fail("%s is started with %+v, should be %+v", a.Name, a.Override, c.override)
	}
	if c.phase == resting || c.byHand() && c.ran && !c.isJob() {
		c.restarts++
	}
	c.phase, c.gen, c.top = asked, a.Gen, a.Gen
	c.killedAt, c.stage, c.cause, c.young = -1, stageNone, "", false
	c.startDue, c.goal, c.sent, c.dumpAt = false, "", nil, -1
	clear(c.news)
	c.heldFailed, c.released, c.straysLeft = false, nil, 0
	o.starts(c)
}

// kill: only a process that is ours and not yet reaped; and either a signal that
// is passed on, or SIGKILL, or the stop signal.
func (o *observer) kill(c *watched, a supervisor.Kill) {
	if c.phase != running || c.pid != a.PID {
		o.fail("process %d of %s is sent %s and is not there", a.PID, a.Name, supervisor.SignalName(a.Signal))
		return
	}
	scope := supervisor.ScopeProcess
	if c.spec.KillMode == supervisor.KillGroup {
		scope = supervisor.ScopeGroup
	}
	if o.spec.Forward && o.spec.Wrap.Scope != "" {
		scope = o.spec.Wrap.Scope
	}
	switch {
	case o.sending != nil:
		o.send(c, a)
	case len(c.signals) > 0:
		o.newsSignal(c, a)
	case c.dumpDue:
		o.dump(c, a)
		return
	case len(o.owed) > 0 && (c.goal == "" || c.goal == "reload" || c.stage != stageNone || o.takesAlong(c)): // a stop by hand comes first
		o.passOn(c, a)
	case a.Signal == 9:
		o.sigkill(c)
		if scope = supervisor.ScopeTree; c.spec.KillMode == supervisor.KillProcess {
			scope = supervisor.ScopeProcess
		}
	default:
		o.stop(c, a.Signal)
	}
	if a.Scope != scope {
		o.fail("%s is sent %s with scope %s, should be %s", a.Name, supervisor.SignalName(a.Signal), a.Scope, scope)
	}
}

// passOn: a signal goes to each main that runs, once, in order; in forward mode
// several may be owed to the one main.
func (o *observer) passOn(c *watched, a supervisor.Kill) {
	if c.role != supervisor.RoleMain || c.killedAt >= 0 {
		o.fail("%s is passed to %s", supervisor.SignalName(a.Signal), a.Name)
	}
	if a.Signal != o.owed[0] {
		o.fail("%s is passed to %s and %s was due", supervisor.SignalName(a.Signal), a.Name, supervisor.SignalName(o.owed[0]))
	}
	c.noteSent(a.Signal)
	last := true
	mains := o.lasting()
	for i := slices.Index(mains, c) + 1; i < len(mains); i++ {
		last = last && (mains[i].phase != running || mains[i].killedAt >= 0)
	}
	if last {
		o.owed = o.owed[1:]
	}
}

// sigkill: not before the grace is over, but for a second SIGTERM of the operator
// and the shutdown time-out; never in forward mode; once.
func (o *observer) sigkill(c *watched) {
	switch {
	case o.spec.Forward && c.stage == stageNone:
		o.fail("%s is sent SIGKILL in forward mode", c.spec.Name)
	case c.lookDue:
		o.fail("%s is sent SIGKILL and was not looked at", c.spec.Name)
	case c.killedAt >= 0:
		o.fail("%s is sent SIGKILL twice", c.spec.Name)
	case o.hurry:
	case c.stage != stageSignal:
		o.fail("%s is sent SIGKILL and was never asked to end", c.spec.Name)
	case o.now < c.killAt:
		o.fail("%s is sent SIGKILL %s before its grace is over", c.spec.Name, c.killAt-o.now)
	}
	c.killedAt, c.stuckDue = o.now, o.now+stuckAllowance
}

// mayStop tells whether the turn to end of a container has come that has to wait for it.
func (o *observer) mayStop(c *watched) bool {
	if o.isNeeded(c) {
		return false
	}
	if c.role != supervisor.RoleSidecar {
		return true
	}
	for _, other := range o.mains {
		if other.phase.alive() {
			return false
		}
	}
	for i := slices.Index(o.inits, c) + 1; i < len(o.inits); i++ {
		if o.inits[i].role == supervisor.RoleSidecar && o.inits[i].phase.alive() {
			return false
		}
	}
	return true
}

// killStrays: SIGKILL at once; in forward mode SIGTERM, and SIGKILL when the grace
// is over or the operator has asked twice.
func (o *observer) killStrays(c *watched, a supervisor.KillStrays) {
	want := 9
	if o.spec.Forward && c.straysTold == 0 {
		want = 15
	}
	switch {
	case c.phase != emptying:
		o.fail("what %s left behind is sent %s, and there is nothing", a.Name, supervisor.SignalName(a.Signal))
	case a.Signal != want:
		o.fail("what %s left behind is sent %s, should be %s", a.Name, supervisor.SignalName(a.Signal), supervisor.SignalName(want))
	case c.straysTold == 9:
		o.fail("what %s left behind is sent SIGKILL twice", a.Name)
	case c.straysTold == 15 && o.now < c.straysDue:
		o.fail("what %s left behind is sent SIGKILL %s before its grace is over", a.Name, c.straysDue-o.now)
	case a.Gen <= c.gen:
		o.fail("what %s left behind has the generation %d of the run itself", a.Name, a.Gen)
	}
	c.straysTold, c.emptyGen, c.top = a.Signal, a.Gen, max(c.top, a.Gen)
	c.straysDue = o.now + supervisor.MinimumGrace
	if a.Signal == 15 {
		c.straysDue = o.now + max(o.spec.Grace, supervisor.MinimumGrace)
	}
}

// arm: a timer carries the generation of the present.
func (o *observer) arm(a supervisor.Arm) {
	if o.timers[a.Timer.Kind] == nil {
		o.timers[a.Timer.Kind] = map[string]armed{}
	}
	o.timers[a.Timer.Kind][a.Timer.Name] = armed{a.Timer, o.now + a.After}
	if a.Timer.Name == "" {
		return
	}
	c := o.find(a.Timer.Name)
	isOfRun := a.Timer.Kind != supervisor.TimerRetry && a.Timer.Kind != supervisor.TimerBackoff && a.Timer.Kind != supervisor.TimerEmpty
	if isOfRun && a.Timer.Gen != c.gen && a.Timer.Kind != supervisor.TimerEvery || !isOfRun && a.Timer.Gen <= c.gen || a.Timer.Gen < c.top {
		o.fail("timer %+v is armed for another generation: the last run is %d", a.Timer, c.gen)
	}
	c.top = max(c.top, a.Timer.Gen)
	if a.Timer.Kind == supervisor.TimerChanged && (c.command < 0 || a.After != newsTime(&c.spec.Watch[c.command])) {
		o.fail("the command of %s has %s", a.Timer.Name, a.After)
	}
}
