package supervisor

import (
	"fmt"
	"time"
)

// HookKind names what is run beside a container's process.
type HookKind string

// The hooks.
const (
	HookPostStart HookKind = "postStart"
	HookPreStop   HookKind = "preStop"
	HookChanged   HookKind = "changed" // the command of a [WatchExec]
)

// cause is why nile ended a run, where it did so for a reason of the run's own.
type cause string

const (
	causeNone  cause = ""
	causeProbe cause = "probe" // liveness or startup
	causeHook  cause = "hook"  // postStart
)

// runHook asks for a hook of the container to be run.
func (m *Machine) runHook(c *container, hook HookKind) {
	c.hook = hook
	m.act(RunHook{Name: c.spec.Name, Gen: c.gen, Hook: hook})
}

// dropHook gives up the hook under way, where there is one, and the stop that one which
// has failed asks for.
func (m *Machine) dropHook(c *container) {
	if m.disarm(TimerYouth, c) {
		c.cause, c.saw = causeNone, "" // something else has come before it
	}
	if c.hook == "" {
		return
	}
	m.disarm(TimerPreStop, c)
	m.act(StopHook{Name: c.spec.Name, Hook: c.hook})
	c.hook = ""
}

// hookDone records that a hook has come to its end.
func (m *Machine) hookDone(e HookDone) {
	c := m.current(e.Name, e.Gen)
	if c != nil && e.Hook == HookChanged && c.newsHook >= 0 && e.Number == c.newsHooks {
		m.disarm(TimerChanged, c)
		m.newsHookDone(c, e.Err)
		return
	}
	if c == nil || c.hook != e.Hook {
		return
	}
	c.hook = ""
	switch e.Hook {
	case HookPostStart:
		m.postStarted(c, e.Err)
	case HookPreStop:
		m.disarm(TimerPreStop, c)
		if c.stop != stopHook {
			return // it was waited for no longer
		}
		if e.Err != "" {
			m.note(LevelWarn, c, c.state, "preStop hook failed: "+e.Err)
		}
		m.afterPreStop(c)
	case HookChanged: // handled above
	}
}

// youth is how old a run is at least when a failed postStart hook has it stopped: a
// stop signal that comes before the process could say how it takes it does nothing
// but kill. With the kubelet the execution of the hook takes about as long.
const youth = 200 * time.Millisecond

// postStarted goes on after the postStart hook: its failure ends the run.
func (m *Machine) postStarted(c *container, failure string) {
	if failure == "" {
		c.postStartDone = true
		m.note(LevelDebug, c, c.state, "the postStart hook is done")
		return
	}
	c.cause, c.trouble, c.saw = causeHook, failure, failure
	if left := youth - m.now.Sub(c.started); left > 0 {
		m.arm(TimerYouth, c, left)
		return
	}
	m.stopAfterPostStart(c)
}

// stopAfterPostStart ends a run whose postStart hook has failed.
func (m *Machine) stopAfterPostStart(c *container) {
	m.stop(c, m.spec.Grace, "postStart hook failed: "+c.trouble)
}

// preStopFired ends the patience with a preStop hook: it goes on, but the stop
// signal no longer waits for it.
func (m *Machine) preStopFired(c *container) {
	m.note(LevelWarn, c, c.state, fmt.Sprintf("the preStop hook did not end within %s, going on without it", short(m.now.Sub(c.stopSince))))
	m.afterPreStop(c)
}
