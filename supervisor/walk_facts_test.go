package supervisor_test

import (
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
		if !o.known(e.Name) {
			break // what it left behind was given up, and it was forgotten
		}
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
		if e.Hook == supervisor.HookChanged {
			o.newsHookDone(o.find(e.Name), e)
			return
		}
		o.hookDone(o.find(e.Name), e)
	case supervisor.Changed:
		o.changed(e)
	case supervisor.Command:
		o.command(e)
	case supervisor.Notified:
		if o.known(e.Name) { // what is forgotten may go on talking
			o.notified(o.find(e.Name), e)
		}
	case supervisor.Reload:
		o.reload(e)
	case supervisor.PeerChanged:
		o.met["event PeerChanged"]++
		o.peers[e.Name] = e.Peer
	case supervisor.PeersEnded:
		o.met["event PeersEnded"]++
		if !o.ending {
			o.withPeers = true
			o.end(0)
		}
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
		case c.goal == "reload" && !o.ending && o.anew == nil && c.removed:
			c.phase = gone
			return
		case c.goal == "reload" && !o.ending && o.anew == nil:
			c.goal = ""
			o.startAfresh(c)
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
	o.listen(c)
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
