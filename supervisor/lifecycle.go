package supervisor

import (
	"fmt"
	"time"
)

const (
	firstRetry = 100 * time.Millisecond // after a temporary failure to start
	lastRetry  = 5 * time.Second

	// startErrorCode is the exit code of a container that could not be
	// started (containerd: errorStartExitCode).
	startErrorCode   = 128
	reasonStartError = "StartError"
	reasonOOMKilled  = "OOMKilled"
)

// spawn asks for a new run of the container.
func (m *Machine) spawn(c *container, why string) {
	if c.next != nil {
		m.takeOn(c, c.next)
	}
	c.gen++
	c.runs++
	c.remember()
	c.asked = false
	c.cause = causeNone
	c.trouble = ""
	c.due, c.job.timed = false, false
	c.straysKilled = false
	c.postStartDone = false
	c.stop = stopNone
	c.goal = goalNone
	c.culprit, c.saw, c.sent = "", "", nil
	c.dropNews()
	c.notice = notice{}
	c.hold.failed, c.hold.strays, c.hold.code = false, 0, nil
	for _, p := range c.probes {
		p.reset()
	}
	m.note(LevelDebug, c, Starting, why)
	m.act(Spawn{Name: c.spec.Name, Gen: c.gen, Override: c.override})
	m.follow()
}

// restart starts the container once more.
func (m *Machine) restart(c *container) {
	c.restarts++
	m.spawn(c, fmt.Sprintf("restart %d", c.restarts))
}

// startDue says that nothing but a postStart hook of another container stands between
// a container and its next start any more.
func (m *Machine) startDue(c *container) {
	c.due = true
	if holder := m.holder(c); holder != nil {
		m.note(LevelInfo, c, c.state, fmt.Sprintf("starting when %s is done with its postStart hook", holder.spec.Name))
	}
}

// holder is the container whose postStart hook holds up the start of another one, nil
// where there is none.
func (m *Machine) holder(c *container) *container {
	for _, before := range m.all {
		if before == c {
			return nil
		}
		if before.holdsUp() {
			return before
		}
	}
	return nil
}

// spawned records the answer to a Spawn.
func (m *Machine) spawned(e Spawned) {
	c := m.current(e.Name, e.Gen)
	if c == nil || c.state != Starting {
		return
	}
	switch {
	case e.Failure == nil:
		c.pid = e.PID
		c.started = m.now
		c.retry = 0
		m.byPID[e.PID] = c
		m.beginNotice(c)
		m.note(LevelInfo, c, Running, "started")
		c.postStartDone = c.spec.PostStart == nil
		switch {
		case c.goal == goalReload: // stopped when its turn comes
		case c.goal != goalNone && m.ending == nil:
			why := "the operator asked for it"
			if c.goal == goalFollow {
				why = c.followWhy
			}
			m.stopByGoal(c, why)
		case !c.postStartDone && m.ending == nil && m.anew == nil:
			m.runHook(c, HookPostStart)
		}
	case e.Failure.Temporary && c.goal == goalStop && m.ending == nil:
		m.stopWaiting(c, goalStop)
	case e.Failure.Temporary && c.goal == goalReload && m.ending == nil && m.anew == nil:
		m.reloadUnstarted(c)
	case e.Failure.Temporary && m.ending == nil && m.anew == nil:
		m.retryLater(c, e.Failure)
	case e.Failure.Temporary:
		m.giveUpStart(c)
	default:
		m.startFailed(c, e.Failure)
	}
	m.forwardEarly()
}

// reloadUnstarted goes on with a reload that came before the answer to a start for which
// there was no room.
func (m *Machine) reloadUnstarted(c *container) {
	c.gen++
	c.goal = goalNone
	if c.removed {
		m.noteEnd(LevelInfo, c, Removed, "not started: "+c.reloadWhy, nil)
		return
	}
	m.startAfresh(c, c.reloadWhy)
}

// retryLater waits for room for the process. It is not a run that failed: it
// counts as no restart and has its own, short, growing delay.
func (m *Machine) retryLater(c *container, f *StartFailure) {
	if c.retry == 0 {
		c.retry = firstRetry
	} else {
		c.retry = min(2*c.retry, lastRetry)
	}
	c.gen++
	c.trouble = f.Message
	m.note(LevelWarn, c, Retrying, fmt.Sprintf("%s; trying again in %s", f.Message, short(c.retry)))
	m.arm(TimerRetry, c, c.retry)
}

// startFailed records a run that never was.
func (m *Machine) startFailed(c *container, f *StartFailure) {
	code := startErrorCode
	if m.spec.Forward {
		code = f.Code
	}
	c.started = m.now
	c.retry = 0
	if m.ended(c, Termination{Status: Status{Code: code}, Reason: reasonStartError, Why: f.Message, Message: f.Message, Asked: m.ending != nil}) {
		m.beHeld(c, 0, false)
		return
	}
	m.settle(c)
}

// exited records the end of a process.
func (m *Machine) exited(e Exited) {
	c := m.byPID[e.PID]
	if c == nil {
		return
	}
	delete(m.byPID, e.PID)
	m.cleanUp(c)
	reason := "Completed"
	switch {
	case e.OOMKilled:
		reason = reasonOOMKilled
	case e.Status.ExitCode() != 0:
		reason = "Error"
	}
	held := m.ended(c, Termination{Status: e.Status, Reason: reason, Message: e.Message, Asked: c.asked})
	if c.capture != nil {
		c.capture.Frozen = e.Frozen
	}
	strays := e.Strays
	if m.leave(c) || c.spec.KillMode == KillProcess {
		strays = 0
	}
	switch {
	case held:
		m.beHeld(c, strays, e.Frozen)
	case strays > 0:
		m.empty(c, strays)
	default:
		m.settle(c)
	}
}

// cleanUp ends all that goes on for a run beside its process: hooks, probes, timers.
func (m *Machine) cleanUp(c *container) {
	m.dropHook(c)
	m.dropNewsHook(c)
	for _, p := range c.probes {
		m.endProbing(c, p)
	}
	m.dropDelayed(c)
	m.disarmAll(c)
}

// empty ends what the last run left behind. A container runtime kills the whole
// PID namespace at once; a wrapped program's daemons are asked first.
func (m *Machine) empty(c *container, strays int) {
	inTheWay := c.goal != goalNone && c.goal != goalRelease // of what an operator wants next
	if m.spec.Forward && m.spec.Wrap.Leftovers == LeftoversWait && m.asks == 0 && m.ending == nil && !inTheWay {
		m.note(LevelInfo, c, Emptying, fmt.Sprintf("%s; waiting for %s that it left behind",
			c.last.describe(), plural(strays, "process", "processes")))
		c.pid = 0
		// No signal, but the question to be told when they are gone.
		m.act(KillStrays{Name: c.spec.Name, Gen: c.gen})
		return
	}
	sig, wait := sigKill, MinimumGrace
	if m.spec.Forward {
		sig, wait = sigTerm, max(m.spec.Grace, MinimumGrace)
	}
	c.straysKilled = sig == sigKill
	m.note(LevelInfo, c, Emptying, fmt.Sprintf("%s; it left %s behind, sending %s",
		c.last.Status, plural(strays, "process", "processes"), SignalName(sig)))
	c.pid = 0
	m.act(KillStrays{Name: c.spec.Name, Gen: c.gen, Signal: sig})
	m.arm(TimerEmpty, c, wait)
}

// emptied goes on once nothing of the last run is left.
func (m *Machine) emptied(e Emptied) {
	c := m.current(e.Name, e.Gen)
	if c == nil || c.state != Emptying {
		return
	}
	m.disarm(TimerEmpty, c)
	m.settle(c)
}

// emptyFired ends the patience with what the last run left behind.
func (m *Machine) emptyFired(c *container) {
	if c.straysKilled {
		m.note(LevelWarn, c, Emptying, "processes that it left behind do not even end on SIGKILL; going on without them")
		m.settle(c)
		return
	}
	m.killStrays(c, "what it left behind did not end within its grace")
}

func (m *Machine) killStrays(c *container, why string) {
	c.straysKilled = true
	m.note(LevelWarn, c, Emptying, why+": sending SIGKILL")
	m.act(KillStrays{Name: c.spec.Name, Gen: c.gen, Signal: sigKill})
	m.arm(TimerEmpty, c, MinimumGrace)
}
