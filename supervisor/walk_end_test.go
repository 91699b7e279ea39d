package supervisor_test

import (
	"slices"

	"github.com/nile-init/nile/supervisor"
)

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
	case supervisor.TimerAnew:
		o.startAnew()
	case supervisor.TimerHold:
		o.release(nil)
	case supervisor.TimerDump:
		o.dumpFired(o.find(t.Name))
	case supervisor.TimerEvery:
		o.everyFired(o.find(t.Name))
	case supervisor.TimerNotify:
		o.strike(o.find(t.Name), "notify")
	case supervisor.TimerWatchdog:
		o.strike(o.find(t.Name), "watchdog")
	case supervisor.TimerGrace:
		o.find(t.Name).lookDue = true
	case supervisor.TimerBackoff, supervisor.TimerRetry:
		o.find(t.Name).dueReached = true
	case supervisor.TimerStuck:
		o.stuck(o.find(t.Name))
	case supervisor.TimerYouth:
		o.find(t.Name).young = false
	case supervisor.TimerPreStop:
		o.preStopOver(o.find(t.Name))
	case supervisor.TimerEmpty:
		if c := o.find(t.Name); c.straysTold == 9 {
			o.decide(c)
		} else {
			c.straysDue = o.now
		}
	case supervisor.TimerChanged:
		o.find(t.Name).over = true
	case supervisor.TimerWaiting, supervisor.TimerDelay:
	default:
		o.probeFired(o.find(t.Name), t.Kind)
	}
}

// stuck takes note that a process outlives SIGKILL: when the pod ends it is given up.
func (o *observer) stuck(c *watched) {
	c.stuckDue = o.now + stuckAllowance
	if o.ending {
		o.file(c, 137)
		c.asked, c.oom, c.signal = true, false, 9
		o.judgeEnd(c, false)
		o.gone(c)
	}
}

func (o *observer) hurryUp() {
	if !o.hurry {
		o.hurry, o.hurried = true, o.now
	}
}

func isStop(num int) bool { return num == 15 || num == 2 }

// heldSignal is a signal, as nile got it and as it was rewritten, and whether it asks for
// the end.
type heldSignal struct {
	received, num int
	stop          bool
}

// signal takes note of a signal. One that asks for the end does so whatever it is
// rewritten to, and only one that is rewritten to it ends a pod.
func (o *observer) signal(num int) {
	received, stop := num, isStop(num)
	if to, ok := o.spec.Signals[num]; ok {
		if to == 0 {
			return
		}
		num = to
	}
	stop = stop || isStop(num)
	if stop {
		o.asks++
	}
	if o.spec.Forward {
		o.forwarded(heldSignal{received, num, stop})
		return
	}
	switch {
	case !isStop(num):
		o.owed = []int{num}
	case !o.ending:
		o.end(num)
	case o.asks >= 2:
		o.hurryUp()
	}
}

// forwarded takes note of a signal in forward mode.
func (o *observer) forwarded(s heldSignal) {
	c := o.mains[0]
	byHand := c.beingStopped()
	switch {
	case c.phase == running && byHand && !s.stop:
		if c.killedAt < 0 {
			o.owed = append(o.owed, s.num)
		}
	case c.phase == running && byHand && o.ending:
		if !o.withPeers || o.asks > 1 {
			o.hurryUp()
		}
	case c.phase == running && !byHand:
		o.owed = append(o.owed, s.num)
	case s.stop && !o.ending && (c.phase == fresh && o.booted || c.phase == resting || c.phase == running || c.phase == noRoom || c.phase == held || c.phase == stopped):
		o.end(s.num)
	case c.phase == fresh || c.phase == asked || c.phase == noRoom:
		if !slices.Contains(o.early, s) {
			o.early = append(o.early, s)
		}
	case c.phase == emptying && s.stop:
		if c.goal != "" && !o.ending {
			o.end(s.num)
		}
		if o.asks >= 2 && c.straysTold != 9 {
			c.straysDue = o.now
		}
	}
}

// mayEnd works out whether the pod is to end by itself now.
func (o *observer) mayEnd() {
	if o.ending || !o.booted || o.anew != nil || o.holding() {
		return
	}
	for _, c := range o.inits {
		if c.role == supervisor.RoleInit && c.phase == over && c.failed() {
			o.failedInit = c
			o.end(0)
			return
		}
	}
	ended, mains, first, doomed := 0, 0, false, false
	lasting := o.lasting()
	for _, c := range lasting {
		if c.removed {
			continue
		}
		mains++
		switch {
		case o.isDoomed(c):
			ended, doomed = ended+1, true
		case c.phase == over && !c.startDue:
			ended++
			first = first || c.failed() || !o.isAwaited(c)
		}
	}
	switch {
	case first && o.spec.ExitWhen == supervisor.ExitWhenAny:
		o.end(0)
	case ended == mains:
		if doomed {
			o.met["ends, as the rest can never start"]++
		}
		o.doomed = doomed
		o.end(0)
	}
}

// end begins the end of the pod.
func (o *observer) end(operator int) {
	if o.anew != nil {
		o.met["anew cut by the end"]++
	}
	o.ending, o.since, o.operator, o.lastAnswer = true, o.now, operator, o.now
	o.anew, o.anewWaits, o.turnOver = nil, false, o.spec.Grace <= 0
	for _, c := range o.all {
		switch c.phase {
		case noRoom:
			o.giveUp(c)
		case resting:
			c.phase = over
		case fresh:
			c.phase = dropped
		case running:
			o.hasten(c, o.spec.Grace)
		case held:
			o.endHeld(c)
		case stopped:
			c.phase = dropped
			if c.ran {
				c.phase = over
			}
		case asked, emptying, over, dropped, gone:
		}
	}
	o.leaveHold()
}
