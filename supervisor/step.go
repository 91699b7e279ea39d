package supervisor

import (
	"fmt"
	"time"
)

// Step tells the machine one event and returns what is to be done now, in
// order. now must not go back; it may come from any monotonic source. After an
// [Exit] has been returned, events are ignored.
func (m *Machine) Step(now time.Time, event Event) []Action {
	if m.done {
		return nil
	}
	m.now = now
	m.out = nil
	m.settled = false
	switch e := event.(type) {
	case Boot:
		m.since = now
		m.notePod(LevelInfo, PodInitializing, m.describe())
	case Spawned:
		m.spawned(e)
	case Exited:
		m.exited(e)
	case Emptied:
		m.emptied(e)
	case Orphan:
		m.orphan(e)
	case Fired:
		m.fired(e.Timer)
	case Signal:
		m.signal(e.Num)
	case Probed:
		m.probed(e)
	case HookDone:
		m.hookDone(e)
	case Command:
		m.command(e)
	case Changed:
		m.changed(e)
	case Notified:
		m.notified(e)
	case Reload:
		m.reload(&e)
	case PeerChanged:
		m.peerChanged(e)
	case PeersEnded:
		m.peersEnded(e)
	}
	m.purge()
	if !m.settled {
		m.advance()
		m.purge()
	}
	m.tellWaits()
	return m.out
}

// describe says what the pod consists of.
func (m *Machine) describe() string {
	plain, sidecars := 0, 0
	for _, c := range m.inits {
		if c.role == RoleSidecar {
			sidecars++
		} else {
			plain++
		}
	}
	if m.spec.Forward {
		return "starting " + m.mains[0].spec.Name
	}
	text := fmt.Sprintf("%s, %s, %s",
		plural(plain, "init container", "init containers"),
		plural(sidecars, "sidecar", "sidecars"),
		plural(len(m.lasting()), "container", "containers"))
	if jobs := len(m.mains) - len(m.lasting()); jobs > 0 {
		text += ", " + plural(jobs, "job", "jobs")
	}
	return text
}

// current finds the container that an answer is meant for. It is nil where the
// answer comes from an earlier generation.
func (m *Machine) current(name string, gen int) *container {
	c := m.byName[name]
	if c == nil || c.gen != gen {
		return nil
	}
	return c
}

// fired handles a timer that has run out. A timer of an earlier generation, or one
// that has been taken back, has come too late and is dropped.
func (m *Machine) fired(t Timer) {
	if t.Name == "" {
		if m.forget(t.Kind, nil) {
			m.podFired(t.Kind)
		}
		return
	}
	c := m.current(t.Name, t.Gen)
	switch {
	case c == nil:
		return
	case t.Kind == TimerDelay:
		m.delayFired(c, t.Signal)
		return
	case !m.forget(t.Kind, c):
		return
	}
	switch t.Kind {
	case TimerRetry, TimerBackoff:
		m.startDue(c)
	case TimerGrace:
		why := fmt.Sprintf("did not end within its grace after %s", SignalName(c.stopSignal()))
		m.look(c, why)
		m.kill(c, why)
	case TimerStuck:
		m.stuck(c)
	case TimerEmpty:
		m.emptyFired(c)
	case TimerYouth:
		m.stopAfterPostStart(c)
	case TimerPreStop:
		m.preStopFired(c)
	case TimerDump:
		m.dumpFired(c)
	case TimerChanged:
		m.newsHookFired(c)
	case TimerEvery:
		m.everyFired(c)
	case TimerNotify:
		m.notifyFired(c)
	case TimerWatchdog:
		m.watchdogFired(c)
	case TimerDelay, TimerTurn, TimerShutdown, TimerWaiting, TimerAnew, TimerHold: // handled above
	default:
		m.probeFired(c, t.Kind)
	}
}

// podFired handles a timer of the pod's. TimerAnew and TimerHold are armed only before
// the pod is ending, all others only then.
func (m *Machine) podFired(kind TimerKind) {
	switch kind {
	case TimerAnew:
		m.startAnew()
	case TimerHold:
		m.release(LevelWarn, nil, fmt.Sprintf("held for %s, which is all the time that there was", short(m.spec.Hold.For)))
	case TimerWaiting:
		m.stillWaiting()
	case TimerTurn:
		m.ending.turnOver = true
	case TimerShutdown:
		m.ending.turnOver = true
		if !m.ending.hurry {
			m.ending.hurry = true
			m.notePod(LevelWarn, m.state, fmt.Sprintf("the shutdown has taken %s, its time-out: what is left gets SIGKILL",
				short(m.spec.ShutdownTimeout)))
		}
	case TimerRetry, TimerBackoff, TimerGrace, TimerStuck, TimerEmpty, TimerDelay, TimerYouth, TimerPreStop, TimerDump,
		TimerChanged, TimerNotify, TimerWatchdog, TimerEvery: // a container's
	}
}

// orphan tells of a process that nile had adopted and has now reaped.
func (m *Machine) orphan(e Orphan) {
	from := ""
	if e.LostParent != "" {
		from = ", once a child of " + e.LostParent
	}
	level := LevelDebug
	if m.spec.WarnOrphans {
		level = LevelWarn
	}
	n := Note{Level: level, Name: e.Name, From: "", To: "", PID: e.PID, Status: &e.Status,
		Why: fmt.Sprintf("reaped orphan %s%s: it %s", e.Command, from, e.Status)}
	m.act(n)
}
