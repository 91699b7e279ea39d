package supervisor_test

import (
	"math/rand/v2"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// randomNotify makes up how a process is to say that it is ready.
func randomNotify(rng *rand.Rand) supervisor.Notify {
	n := supervisor.Notify{Kind: oneOf(rng, supervisor.NotifyFD, supervisor.NotifySystemd, supervisor.NotifySystemd), FD: 3}
	if chance(rng, 70) {
		n.Timeout = time.Millisecond + upTo(rng, oneOf(rng, time.Second, 60*time.Second))
	}
	if n.Kind == supervisor.NotifySystemd && chance(rng, 50) {
		n.Watchdog = time.Second + upTo(rng, 30*time.Second)
	}
	return n
}

// speak decides what a process will say of itself: most say that they are ready, some a lot
// more, and some too late.
func (h *host) speak(name string, gen int, at time.Duration) {
	kind, rng := h.notify[name], h.rng
	if kind == "" {
		return
	}
	say := func(after time.Duration, e supervisor.Notified) {
		e.Name, e.Gen = name, gen
		h.answers = append(h.answers, happening{at + after, e})
	}
	ready := oneOf(rng, 0, upTo(rng, time.Second), upTo(rng, 60*time.Second))
	if chance(rng, 85) {
		say(ready, supervisor.Notified{Ready: true})
	}
	if kind == supervisor.NotifyFD {
		if chance(rng, 10) {
			say(upTo(rng, 5*time.Second), supervisor.Notified{Closed: true})
		}
		return
	}
	for range rng.IntN(6) {
		say(ready+upTo(rng, 60*time.Second), supervisor.Notified{Alive: true})
	}
	for range rng.IntN(4) {
		say(upTo(rng, 90*time.Second), h.saying())
	}
}

// saying is anything that a process may say beside the usual.
func (h *host) saying() (e supervisor.Notified) {
	switch h.rng.IntN(8) {
	case 0:
		e.Stopping = true
	case 1:
		e.Reloading = true
	case 2:
		e.Trigger = true
	case 3:
		length := oneOf(h.rng, 0, upTo(h.rng, 20*time.Second))
		e.Watchdog = &length
	case 4:
		e.Errno = "5 (input/output error)"
	default:
		e.Extend = time.Millisecond + upTo(h.rng, oneOf(h.rng, 40*time.Second, 2*time.Hour))
	}
	if chance(h.rng, 30) {
		text := oneOf(h.rng, "loading", "serving", "")
		e.Status = &text
	}
	return e
}

// noticeWatched is what an outsider has heard of a process.
type noticeWatched struct {
	said, saidStopping bool
	status             string
	by                 time.Duration // when it must have spoken or ended; -1 for never
	expected           time.Duration // for when a timer should be armed; -1 where none should
	expectedBy         time.Duration // the by that this was worked out of
	silence            time.Duration // how long it may be silent; 0 for ever
	alive              time.Duration
	watching           bool
	signalAt           time.Duration // when it was sent its stop signal
}

// listen begins to listen to a run that has just started.
func (o *observer) listen(c *watched) {
	c.noticeWatched = noticeWatched{by: -1, expected: -1, silence: c.spec.Notify.Watchdog}
	if c.spec.Notify.Timeout > 0 {
		c.by = o.now + c.spec.Notify.Timeout
	}
}

// heeds tells whether a process may be stopped for its words or its silence.
func (o *observer) heeds(c *watched) bool {
	return c.phase == running && c.stage == stageNone && c.killedAt < 0 && !o.ending && o.anew == nil && !c.kept && (c.cause == "" || c.young)
}

// notified takes note of what a process says.
func (o *observer) notified(c *watched, e supervisor.Notified) {
	if c.phase != running || c.gen != e.Gen {
		o.met["notified too late"]++
		return
	}
	o.met["notified"]++
	if e.Status != nil {
		c.status = *e.Status
	}
	if e.Watchdog != nil {
		c.silence, c.alive = *e.Watchdog, o.now
	}
	if e.Alive {
		c.alive = o.now
	}
	if e.Extend > 0 {
		o.extended(c, o.now+e.Extend)
	}
	switch {
	case e.Stopping && !c.saidStopping:
		c.saidStopping, c.by = true, o.now+max(o.spec.Grace, supervisor.MinimumGrace)
	case e.Ready && !c.saidStopping:
		c.said = true
	}
	if e.Trigger && o.heeds(c) {
		o.strike(c, "watchdog")
	}
}

// extended takes note that a process asks for more time, and gets it: no less than it had,
// and no more than there is.
func (o *observer) extended(c *watched, until time.Duration) {
	if c.stage != stageSignal || c.killedAt >= 0 {
		if (!c.said || c.saidStopping) && c.by >= 0 {
			c.by = max(c.by, until)
		}
		c.alive = max(c.alive, until-c.silence)
		return
	}
	limit := c.signalAt + time.Hour
	switch {
	case o.anew != nil:
		return
	case o.ending && o.spec.ShutdownTimeout == 0:
		return
	case o.ending:
		limit = o.since + o.spec.ShutdownTimeout
	}
	if until = min(until, limit); until > c.killAt {
		o.met["extended stop"]++
		c.killAt = until
		o.planDump(c)
	}
}

// strike takes note that a run is to be stopped for what it has or has not said.
func (o *observer) strike(c *watched, culprit supervisor.ProbeKind) {
	o.met["killed by "+string(culprit)]++
	o.hastenYouth(c)
	c.cause, c.culprit, c.ownGrace = "probe", culprit, o.spec.Grace
	o.stopForProbe(c)
}

// mustListen checks that who is to say something is waited for, exactly so long.
func (o *observer) mustListen(c *watched) {
	if c.spec.Notify.Kind == "" {
		o.mustNotBeArmed(supervisor.TimerNotify, c.spec.Name)
		o.mustNotBeArmed(supervisor.TimerWatchdog, c.spec.Name)
		return
	}
	heeds := o.heeds(c)
	if heeds && c.by >= 0 && (!c.said || c.saidStopping) {
		if c.expected < 0 || c.expectedBy != c.by {
			c.expected, c.expectedBy = max(c.by, o.now), c.by
		}
		o.mustBeArmed(supervisor.TimerNotify, c.spec.Name, c.expected, c.expected)
	} else {
		c.expected = -1
		o.mustNotBeArmed(supervisor.TimerNotify, c.spec.Name)
	}
	if !heeds || c.silence == 0 || !c.hasStarted() || c.saidStopping {
		c.watching = false
		o.mustNotBeArmed(supervisor.TimerWatchdog, c.spec.Name)
		return
	}
	if !c.watching {
		c.watching, c.alive = true, o.now
	}
	o.mustBeArmed(supervisor.TimerWatchdog, c.spec.Name, c.alive+c.silence, c.alive+c.silence)
}

// compareNotice checks what a snapshot tells of the words of a process.
func (o *observer) compareNotice(c *watched, got supervisor.ContainerSnapshot) {
	word := got.Notice
	switch {
	case c.spec.Notify.Kind == "" || c.phase != running:
		if word != "" {
			o.fail("the snapshot says that %s has said %s", c.spec.Name, word)
		}
		return
	case c.saidStopping != (word == "Stopping"), !c.saidStopping && c.said != (word == "Ready" || word == "Reloading" && c.said):
		o.fail("the snapshot says that %s has said %s; ready: %v, stopping: %v", c.spec.Name, word, c.said, c.saidStopping)
	}
	if got.Says != c.status {
		o.fail("the snapshot says that %s says %q, should be %q", c.spec.Name, got.Says, c.status)
	}
}
