package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// hold is the time in which a pod is held.
type hold struct {
	since  time.Time
	latest time.Time // failure: its time counts from there
}

// custody is the part that a container has in a hold.
type custody struct {
	failed bool   // its last run is one that was held: its exit code goes before all others
	why    string // that run's end, for people
	strays int    // what that run left behind, which lives on until the retry or the end
	code   *int   // the exit code that a release gave it
	trial  bool   // it has been retried and has not yet shown that it works
	kept   bool   // it has been retried, and the pod stays held whatever comes of it
	parked bool   // a sidecar that was stopped because of the hold, and is not up again
	exempt bool   // a sidecar that an operator has started meanwhile
}

// retried tells whether the container is being retried, or runs because of it.
func (h *custody) retried() bool { return h.trial || h.kept }

// mustHold tells whether the container stays as its last run has left it.
func (m *Machine) mustHold(c *container) bool {
	switch {
	case m.ending != nil || m.anew != nil || c.goal != goalNone:
		return false
	case m.spec.Forward && m.asks > 0:
		return false // the operator has asked for the end, and this is it
	case c.hold.kept:
		return true
	case c.hold.trial:
		return !c.succeeded()
	case c.trigger == "" || c.rule() != "":
		return false
	}
	onFailure := c.spec.OnFailure
	willing := c.role == RoleSidecar || c.role == RoleJob // only by its own OnFailure
	if onFailure == "" && !willing {
		onFailure = m.spec.Hold.OnFailure
	}
	switch {
	case c.spec.OnFailure == FailureExit || willing && onFailure != FailureHold:
		return false
	case m.spec.Hold.AfterRestarts > 0 && m.mayRestart(c):
		return c.crashes >= m.spec.Hold.AfterRestarts
	}
	return onFailure == FailureHold
}

// Holds tells whether an [Exited] with this status would have the container held. It
// changes nothing: it is for a host that can keep the process as it ended, and has to
// know before it tells.
func (m *Machine) Holds(now time.Time, pid int, status Status) bool {
	c := m.byPID[pid]
	if c == nil {
		return false
	}
	judged := *c
	if slices.Contains(c.timers, TimerYouth) { // this end comes before the stop for its hook
		judged.cause = causeNone
	}
	judged.last = &Termination{Status: status, Asked: c.asked, Started: c.started, Finished: now}
	judged.trigger = m.triggerOf(&judged)
	if judged.trigger == "" || now.Sub(c.started) > m.spec.Backoff.ResetAfter {
		judged.crashes = 0
	}
	return m.mustHold(&judged)
}

// beHeld keeps the scene: nothing of the container is restarted, and what its last run
// has left behind lives on.
func (m *Machine) beHeld(c *container, strays int, frozen bool) {
	c.hold = custody{failed: true, why: c.blame(), strays: strays}
	c.override = nil
	what := c.last.describe()
	if frozen {
		strays--
	}
	if strays > 0 {
		what += fmt.Sprintf("; it left %s behind", plural(strays, "process", "processes"))
	}
	what += "; held"
	if frozen {
		what += ", its process frozen"
	}
	m.note(LevelWarn, c, Held, what)
	c.pid = 0
	if m.hold == nil {
		m.hold = &hold{since: m.now, latest: m.now}
		m.notePod(LevelInfo, m.state, "held because "+c.hold.why)
	}
	m.hold.latest = m.now
	if m.spec.Hold.For > 0 {
		m.arm(TimerHold, nil, m.spec.Hold.For)
	}
}

// blame says why the container is held, for people who see that sentence alone.
func (c *container) blame() string {
	switch c.trigger {
	case TriggerStartup, TriggerLiveness:
		return fmt.Sprintf("the %s probe of %s failed: %s", c.trigger, c.spec.Name, c.evidence)
	case TriggerNotify:
		return fmt.Sprintf("%s was stopped: %s", c.spec.Name, c.evidence)
	case TriggerWatchdog:
		return fmt.Sprintf("the watchdog of %s struck: %s", c.spec.Name, c.evidence)
	case TriggerPostStart:
		return fmt.Sprintf("the postStart hook of %s failed: %s", c.spec.Name, c.evidence)
	case TriggerStart, TriggerExit:
	}
	return c.spec.Name + " " + c.last.describe()
}

// advanceHold ends the hold once nothing is held any more, and no retry is open.
func (m *Machine) advanceHold() {
	for _, c := range m.all {
		if c.hold.trial && c.proven() {
			c.hold.trial = false
		}
	}
	if m.hold == nil || m.holding() {
		return
	}
	m.leaveHold()
	m.notePod(LevelInfo, m.state, "nothing is held any more")
}

// proven tells whether a container that has been retried works: a plain init container
// has succeeded, any other is ready.
func (c *container) proven() bool {
	return c.state == Completed || c.role != RoleInit && c.state == Running && c.goal == goalNone && c.isReady()
}

// holding tells whether there is a reason to go on with the hold.
func (m *Machine) holding() bool {
	for _, c := range m.all {
		if c.state == Held || c.hold.retried() {
			return true
		}
	}
	return false
}

// retried tells whether a container is being retried.
func (m *Machine) retried() bool {
	for _, c := range m.all {
		if c.hold.retried() {
			return true
		}
	}
	return false
}

// leaveHold forgets all that holds only while the pod is held.
func (m *Machine) leaveHold() {
	m.hold = nil
	m.disarm(TimerHold, nil)
	for _, c := range m.all {
		c.hold.trial, c.hold.kept, c.hold.exempt = false, false, false
	}
}

// release ends the hold. Held containers end for good, with a code of the operator's
// choice, and the pod with them where its rules say so; a held sidecar is left to the
// restart policy.
func (m *Machine) release(level Level, code *int, why string) {
	m.leaveHold()
	m.notePod(level, m.state, why)
	for _, c := range m.all {
		switch {
		case c.state == Held:
			m.releaseOne(c, code)
		case c.goal == goalRetry: // it has not begun
			c.goal, c.hold.code = goalRelease, code
		}
	}
}

// releaseOne ends what is held of one container.
func (m *Machine) releaseOne(c *container, code *int) {
	c.due, c.override = false, nil
	c.goal, c.hold.code = goalRelease, code
	if c.hold.strays > 0 {
		m.empty(c, c.hold.strays)
		return
	}
	m.settle(c)
}

// heldBecause names what is held and why, for people.
func (m *Machine) heldBecause() string {
	var why []string
	for _, c := range m.all {
		if c.state == Held || c.hold.retried() {
			why = append(why, c.hold.why)
		}
	}
	return strings.Join(why, "; ")
}

// exitCodeHeld is the exit code of a container that was held, as a release may have
// changed it.
func (c *container) exitCodeHeld() int {
	if c.hold.code != nil {
		return *c.hold.code
	}
	return c.last.exitCode()
}
