package supervisor

import (
	"cmp"
	"fmt"
)

// exitIfEmpty ends the life of the machine when nothing is left alive.
func (m *Machine) exitIfEmpty() {
	if m.anyAlive() {
		return
	}
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
	if c := e.failed; c != nil {
		// One that the OOM killer spoiled may have ended with 0 all the same.
		code = cmp.Or(c.last.exitCode(), 128+sigKill)
		return code, fmt.Sprintf("init container %s %s", c.spec.Name, c.last.describe())
	}
	notRun := false
	for _, c := range m.mains {
		if c.last == nil {
			notRun = true
			continue
		}
		if e.operator == 0 && c.last.Asked && c.cause == causeNone {
			continue
		}
		if code := c.last.exitCode(); code != 0 {
			return code, fmt.Sprintf("%s %s", c.spec.Name, c.last.describe())
		}
	}
	if notRun && e.operator != 0 {
		return 128 + e.operator, fmt.Sprintf("stopped by %s before every container had run", SignalName(e.operator))
	}
	decisive := e.first
	if len(m.mains) == 1 {
		decisive = m.mains[0]
	}
	if decisive != nil {
		return 0, fmt.Sprintf("%s %s", decisive.spec.Name, decisive.last.describe())
	}
	return 0, "all containers have ended with code 0"
}
