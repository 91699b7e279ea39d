package supervisor

import (
	"cmp"
	"fmt"
)

// neverStartedCode is the exit code of a pod with a main that could never be started,
// where no other one has failed: nile itself could not begin with it.
const neverStartedCode = 125

// exitIfEmpty ends the life of the machine when nothing is left alive.
func (m *Machine) exitIfEmpty() {
	if m.anyAlive() {
		return
	}
	m.purge() // what a reload has removed has no say in it
	code, message := m.outcome()
	code = m.remap(code)
	to := PodSucceeded
	if code != 0 {
		to = PodFailed
	}
	m.notePod(LevelInfo, to, message)
	m.act(Exit{Code: code, Message: message})
	m.done = true
}

// remap replaces the exit code where the spec asks for it.
func (m *Machine) remap(code int) int {
	for _, r := range m.spec.Remap {
		if r.From == code && (!r.Stopped || m.asks > 0) {
			return r.To
		}
	}
	return code
}

// outcome is the pod's exit code and the sentence that explains it.
func (m *Machine) outcome() (code int, message string) {
	e := m.ending
	if e.withPeers != "" {
		return 0, "ended because " + e.withPeers
	}
	if code, message := m.heldOutcome(); code != 0 {
		return code, message
	}
	if c := e.failed; c != nil && c.hold.code != nil {
		return 0, "init container " + c.epitaph()
	} else if c != nil {
		// One that the OOM killer spoiled may have ended with 0 all the same.
		code = cmp.Or(c.last.exitCode(), 128+sigKill)
		return code, "init container " + c.epitaph()
	}
	notRun := false
	mains := m.lasting()
	for _, c := range mains {
		if c.last == nil {
			notRun = true
			continue
		}
		if e.operator == 0 && c.last.Asked && c.cause == causeNone {
			continue
		}
		if code := c.exitCodeHeld(); code != 0 {
			return code, c.epitaph()
		}
	}
	if notRun && e.operator != 0 {
		return 128 + e.operator, fmt.Sprintf("stopped by %s before every container had run", SignalName(e.operator))
	}
	if e.neverStarted != "" {
		return neverStartedCode, e.neverStarted
	}
	decisive := e.first
	if len(mains) == 1 {
		decisive = mains[0]
	}
	if decisive != nil {
		return 0, decisive.epitaph()
	}
	return 0, "all containers have ended with code 0"
}

// epitaph says how the last run of a container ended, and what a release made of it.
func (c *container) epitaph() string {
	text := fmt.Sprintf("%s %s", c.spec.Name, c.last.describe())
	if c.hold.code != nil {
		text += fmt.Sprintf(", released with code %d", *c.hold.code)
	}
	return text
}

// heldOutcome is the exit code of the first container that was held to the end, and the
// sentence that explains it; 0 where there was none.
func (m *Machine) heldOutcome() (code int, message string) {
	for _, c := range m.all {
		if !c.hold.failed {
			continue
		}
		if code := c.exitCodeHeld(); code != 0 {
			return code, c.epitaph()
		}
	}
	return 0, ""
}
