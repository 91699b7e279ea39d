package supervisor_test

import (
	"github.com/nile-init/nile/supervisor"
)

// ordered is a command and what the rules say of it.
type ordered struct {
	command supervisor.Command
	refusal supervisor.Refusal
	replied bool
}

// command takes note of a command, and of what it changes where the rules allow it.
func (o *observer) command(e supervisor.Command) {
	c, refusal := o.judge(e)
	o.ordered = &ordered{command: e, refusal: refusal}
	if refusal != "" {
		o.met["refused "+string(e.Verb)+" "+string(refusal)]++
		return
	}
	o.met["command "+string(e.Verb)]++
	switch e.Verb {
	case supervisor.VerbSignal:
		o.sending = c
	case supervisor.VerbStart:
		o.startByHand(c)
	case supervisor.VerbRestart:
		o.startByHand(c)
	case supervisor.VerbStop:
		o.stopByHand(c)
	case supervisor.VerbRetry:
		o.retry(c, e)
	case supervisor.VerbRelease:
		o.release(e.Code)
	}
}

// judge works out whether a command may be carried out, and for whom.
func (o *observer) judge(e supervisor.Command) (*watched, supervisor.Refusal) {
	if e.Verb == supervisor.VerbRelease {
		switch {
		case o.ending:
			return nil, supervisor.RefusedEnding
		case !o.holding():
			return nil, supervisor.RefusedState
		}
		return nil, ""
	}
	c, refusal := o.named(e)
	switch {
	case refusal != "":
		return nil, refusal
	case e.Verb == supervisor.VerbSignal:
		if c.phase != running {
			return nil, supervisor.RefusedState
		}
		return c, ""
	case o.ending:
		return nil, supervisor.RefusedEnding
	case c.removed:
		return nil, supervisor.RefusedState
	case !o.booted || !o.mayDo(c, e.Verb):
		return nil, supervisor.RefusedState
	}
	return c, ""
}

// named finds the container of a command.
func (o *observer) named(e supervisor.Command) (*watched, supervisor.Refusal) {
	var only *watched
	n := 0
	for _, c := range o.all {
		if c.spec.Name == e.Name {
			return c, ""
		}
		if c.phase == held {
			only = c
			n++
		}
	}
	switch {
	case e.Name != "" || e.Verb != supervisor.VerbRetry:
		return nil, supervisor.RefusedUnknown
	case n != 1:
		return nil, supervisor.RefusedState
	}
	return only, ""
}

// mayDo is the table of the verbs that start and stop, by what the container does.
func (o *observer) mayDo(c *watched, verb supervisor.Verb) bool {
	stopping := c.phase == running && c.beingStopped() || c.phase == emptying
	again := c.goal == "restart" || c.goal == "retry" || c.goal == "reload"
	init := c.role == supervisor.RoleInit
	switch verb {
	case supervisor.VerbRetry:
		return c.phase == held && !c.startDue && o.anew == nil
	case supervisor.VerbStop:
		switch {
		case init || c.phase == held:
			return false
		case c.phase == over:
			return c.startDue
		case c.phase == stopped:
			return c.startDue || c.parked
		}
		return c.goal != "stop"
	case supervisor.VerbRestart:
		if init && c.phase != noRoom && c.phase != resting {
			return false
		}
		if c.phase == asked || c.phase == running || stopping {
			return !again && o.anew == nil
		}
	case supervisor.VerbStart:
		switch {
		case stopping:
			return !again && o.anew == nil
		case c.phase == running || c.phase == asked:
			return false
		}
	}
	return c.phase != held && (c.phase != fresh || c.isJob() && o.initialized) && o.anew == nil && (!init || c.phase != over)
}

// startByHand takes note that a container is to be started, perhaps after its present run.
func (o *observer) startByHand(c *watched) {
	c.exempt, c.parked = o.holding(), false
	o.forgive(c)
	switch c.phase {
	case asked, running, emptying:
		c.goal = "restart"
	case noRoom, resting:
		c.due, c.dueLatest, c.dueReached = o.now, o.now, true
	case fresh, stopped, over:
		c.startDue = true
	case held, dropped, gone:
	}
}

// stopByHand takes note that a container is to be stopped.
func (o *observer) stopByHand(c *watched) {
	if c.startDue && c.phase != fresh {
		c.startDue = false
		return
	}
	o.forgive(c)
	c.parked = false
	switch c.phase {
	case asked, running, emptying:
		c.goal = "stop"
	case fresh, noRoom, resting, stopped:
		o.beStopped(c, false)
	case held, over, dropped, gone:
	}
}

// hastenYouth takes note that a stop comes before the one for a failed postStart hook.
func (o *observer) hastenYouth(c *watched) {
	if c.phase == running && c.young {
		c.young, c.cause = false, ""
	}
}

// forgive forgets what the back-off and AfterRestarts have counted.
func (o *observer) forgive(c *watched) { c.nth, c.roomDelay, c.crashes = 0, 0, 0 }

func (o *observer) beStopped(c *watched, parked bool) {
	c.phase, c.goal, c.parked, c.override = stopped, "", parked, nil
	c.trial, c.kept, c.startDue = false, false, false
}

// reply: each command has exactly one, in the same step, which says what the rules say.
func (o *observer) reply(a supervisor.Reply) {
	switch {
	case o.ordered == nil || o.ordered.command.ID != a.ID:
		o.fail("reply %d answers nothing", a.ID)
	case o.ordered.replied:
		o.fail("command %d has two replies", a.ID)
	case o.ordered.refusal != a.Refusal:
		o.fail("command %+v is answered by refusal %q (%s), should be %q", o.ordered.command, a.Refusal, a.Message, o.ordered.refusal)
	case a.Message == "":
		o.fail("command %+v is answered without a word", o.ordered.command)
	}
	o.ordered.replied = true
}

// send: a command's signal goes to the process that it names.
func (o *observer) send(c *watched, a supervisor.Kill) {
	if c != o.sending || a.Signal != o.ordered.command.Signal {
		o.fail("%s is sent %s, which was for %s", a.Name, supervisor.SignalName(a.Signal), o.sending.spec.Name)
	}
	c.noteSent(a.Signal)
	o.sending = nil
}

// noteSent remembers what people end programs with.
func (c *watched) noteSent(num int) {
	if num == 1 || num == 2 || num == 3 || num == 9 || num == 15 {
		c.sent = append(c.sent, num)
	}
}

// mustReply checks that a command has been answered and its signal sent.
func (o *observer) mustReply() {
	if o.ordered != nil && !o.ordered.replied {
		o.fail("command %+v is not answered", o.ordered.command)
	}
	if o.sending != nil {
		o.fail("%s is not sent its signal", o.sending.spec.Name)
	}
	o.ordered, o.sending = nil, nil
}
