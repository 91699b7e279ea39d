package supervisor

import "slices"

// ended files the run away and begins the generation of what comes after it. It tells
// whether the container is to be held.
func (m *Machine) ended(c *container, t Termination) (held bool) {
	run := Capture{Name: c.spec.Name, Gen: c.gen, PID: c.pid, Role: c.role, Restarts: c.restarts}
	t.Started, t.Finished = c.started, m.now
	c.previous, c.last = c.last, &t
	c.gen++
	c.trigger, c.evidence = m.triggerOf(c), c.saw
	if c.trigger == "" || t.Finished.Sub(t.Started) > m.spec.Backoff.ResetAfter {
		c.crashes = 0
	}
	c.fileJob()
	held = m.mustHold(c)
	if c.succeeded() {
		c.hold.trial = false
	}
	if c.trigger != "" {
		run.Trigger, run.Probe, run.End, run.Held = c.trigger, c.saw, t, held
		c.capture = &run
	}
	return held
}

// triggerOf says what ended the last run, where that has failed and nobody had asked
// for its end.
func (m *Machine) triggerOf(c *container) Trigger {
	t := c.last
	switch {
	case c.cause == causeProbe:
		return Trigger(c.culprit)
	case c.cause == causeHook:
		return TriggerPostStart
	case t.Asked || c.succeeded() || m.wasSent(c):
		return ""
	case t.Reason == reasonStartError:
		return TriggerStart
	}
	return TriggerExit
}

// wasSent tells whether the last run ended by a signal that asks for the end and came
// from nile's caller or by a [Command], though not by nile's own decision. In forward
// mode ^C counts too: it goes from the terminal to the program, past nile.
func (m *Machine) wasSent(c *container) bool {
	num := c.last.Status.Signal
	if num == 0 {
		num = c.last.Status.Code - 128 // how a shell, or a program that tidies up, says it
	}
	return m.spec.Forward && (m.asks > 0 || num == sigInt) || slices.Contains(c.sent, num)
}

// noteSent remembers a signal that was passed on to the process, or that a [Command]
// sent it, where it is one of those by which people end programs.
func (c *container) noteSent(num int) {
	switch num {
	case sigHup, sigInt, sigQuit, sigKill, sigTerm:
		if !slices.Contains(c.sent, num) { // a program may be sent SIGHUP for years
			c.sent = append(c.sent, num)
		}
	}
}

// look asks for a look at the process while it is still there.
func (m *Machine) look(c *container, why string) {
	m.act(Look{Name: c.spec.Name, Gen: c.gen, PID: c.pid, Why: why})
}
