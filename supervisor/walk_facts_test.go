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
		c.started, c.roomDelay, c.ran, c.asked, c.oom = o.now, 0, true, o.ending, false
		c.finished = o.now
		c.code = 128
		if o.spec.Forward {
			c.code = e.Failure.Code
		}
		o.decide(c)
	}
	if c.phase == running {
		for _, h := range o.held {
			o.owed = append(o.owed, h.num)
		}
		o.held = nil
	} else if i := slices.IndexFunc(o.held, func(h heldSignal) bool { return h.stop }); c.phase == noRoom && i >= 0 {
		o.end(o.held[i].num)
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
		c.asked, c.oom = c.stoppedAt >= 0 || c.killedAt >= 0, e.OOMKilled
		c.pid = 0
		leave := o.spec.Forward && o.spec.Wrap.Leftovers == supervisor.LeftoversLeave
		if e.Strays > 0 && c.spec.KillMode != supervisor.KillProcess && !leave {
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
	if c.role == supervisor.RoleInit && !c.failed() {
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

// failed tells whether the last run was no success. For a plain init container it
// was none where the OOM killer struck, whatever the exit code.
func (c *watched) failed() bool { return c.code != 0 || c.role == supervisor.RoleInit && c.oom }

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
		return c.failed()
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

// heldSignal is a signal and whether it asks for the end.
type heldSignal struct {
	num  int
	stop bool
}

// signal takes note of a signal. One that asks for the end does so whatever it is
// rewritten to, and only one that is rewritten to it ends a pod.
func (o *observer) signal(num int) {
	stop := isStop(num)
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
		o.forwarded(heldSignal{num, stop})
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
	switch {
	case c.phase == running:
		o.owed = []int{s.num}
	case c.phase == noRoom && s.stop:
		o.end(s.num)
	case c.phase == asked || c.phase == noRoom:
		if !slices.Contains(o.held, s) {
			o.held = append(o.held, s)
		}
	case c.phase == emptying && s.stop && o.asks >= 2 && c.straysTold != 9:
		c.straysDue = o.now
	}
}

// mayEnd works out whether the pod is to end by itself now.
func (o *observer) mayEnd() {
	if o.ending || !o.booted {
		return
	}
	for _, c := range o.inits {
		if c.role == supervisor.RoleInit && c.phase == over && c.failed() {
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
