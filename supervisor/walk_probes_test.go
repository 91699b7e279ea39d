package supervisor_test

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// watchedProbe is a probe as seen from outside.
type watchedProbe struct {
	kind supervisor.ProbeKind
	spec *supervisor.Probe

	number   int // the highest seen
	inFlight bool
	giveUp   bool // it is in flight for nobody: to be given up in this step
	retry    bool // it went wrong itself: to be made again in this step
	due      bool // its timer has run out in this step
	since    time.Duration
	first    time.Duration // when the last one that was no retry was made; -1 before
	wanted   time.Duration // since when probes are to be made; -1 while none are
	tries    int

	last   supervisor.ProbeResult
	row    int
	result supervisor.ProbeResult // what holds
}

func watchProbes(c *supervisor.Container) []*watchedProbe {
	var list []*watchedProbe
	for _, p := range []watchedProbe{
		{kind: supervisor.ProbeStartup, spec: c.Startup},
		{kind: supervisor.ProbeLiveness, spec: c.Liveness},
		{kind: supervisor.ProbeReadiness, spec: c.Readiness},
	} {
		if p.spec != nil {
			list = append(list, &p)
		}
	}
	return list
}

// reset begins a new run: nothing is known but what is taken for granted.
func (p *watchedProbe) reset() {
	*p = watchedProbe{kind: p.kind, spec: p.spec, number: p.number, first: -1, wanted: -1}
	if p.kind == supervisor.ProbeLiveness {
		p.result = supervisor.ProbeSuccess
	}
}

// succeeded tells whether the container has no probe of a kind, or one that has succeeded.
func (c *watched) succeeded(kind supervisor.ProbeKind) bool {
	for _, p := range c.probes {
		if p.kind == kind {
			return p.result == supervisor.ProbeSuccess
		}
	}
	return true
}

func (c *watched) hasStarted() bool {
	return c.phase == running && c.postStarted && (c.said || c.spec.Notify.Kind == "") && c.succeeded(supervisor.ProbeStartup)
}

// wants tells whether a probe is to be made from time to time.
func (o *observer) wants(c *watched, p *watchedProbe) bool {
	undisturbed := c.stage == stageNone && c.killedAt < 0 && !o.ending && !c.kept
	switch p.kind {
	case supervisor.ProbeStartup:
		return c.phase == running && c.postStarted && undisturbed && p.result != supervisor.ProbeSuccess
	case supervisor.ProbeLiveness:
		return c.hasStarted() && undisturbed && !c.saidStopping
	}
	return c.hasStarted()
}

func (c *watched) probe(kind supervisor.ProbeKind) *watchedProbe {
	for _, p := range c.probes {
		if p.kind == kind {
			return p
		}
	}
	return nil
}

// probed takes note of the answer to a probe.
func (o *observer) probed(c *watched, e supervisor.Probed) {
	p := c.probe(e.Kind)
	if p == nil || !p.inFlight || p.number != e.Number {
		o.fail("%s probe %d of %s is answered and not in flight", e.Kind, e.Number, e.Name)
		return
	}
	p.inFlight = false
	if e.Result == supervisor.ProbeUnknown {
		p.retry = p.tries < 3
		return
	}
	o.found(c, p, e.Result)
}

// found counts what a probe has found.
func (o *observer) found(c *watched, p *watchedProbe, found supervisor.ProbeResult) {
	if p.last != found {
		p.last, p.row = found, 0
	}
	p.row++
	threshold := p.spec.SuccessThreshold
	if found == supervisor.ProbeFailure {
		threshold = p.spec.FailureThreshold
	}
	if p.row < threshold {
		return
	}
	p.result = found
	if p.kind != supervisor.ProbeReadiness && found == supervisor.ProbeFailure {
		o.met["killed by "+string(p.kind)]++
		c.cause, c.culprit, c.ownGrace = "probe", p.kind, o.spec.Grace
		if p.spec.Grace != nil {
			c.ownGrace = *p.spec.Grace
		}
		o.stopForProbe(c)
	}
}

// probeFired takes note of a timer of a probe.
func (o *observer) probeFired(c *watched, kind supervisor.TimerKind) {
	for _, p := range c.probes {
		switch kind {
		case probeTimer(p.kind):
			p.due = !p.inFlight
		case timeoutTimer(p.kind):
			if !p.inFlight {
				o.fail("the time-out of the %s probe of %s runs out and none is in flight", p.kind, c.spec.Name)
			}
			p.inFlight, p.giveUp = false, true
			o.found(c, p, supervisor.ProbeFailure)
		}
	}
}

// startProbe: never two at a time, never before its delay, nor before the startup probe
// has succeeded, nor more often than its period but for one that went wrong itself.
func (o *observer) startProbe(c *watched, a supervisor.StartProbe) {
	p := c.probe(a.Kind)
	if p == nil || !o.wants(c, p) {
		o.fail("a %s probe of %s is made and may not be", a.Kind, a.Name)
		return
	}
	switch {
	case p.inFlight:
		o.fail("two %s probes of %s are made at a time", a.Kind, a.Name)
	case a.Number <= p.number:
		o.fail("a %s probe of %s has number %d, which is not new", a.Kind, a.Name, a.Number)
	case o.now < c.started+p.spec.InitialDelay:
		o.fail("a %s probe of %s is made before its initial delay is over", a.Kind, a.Name)
	case p.retry && p.tries >= 3:
		o.fail("a %s probe of %s is made for the %dth time", a.Kind, a.Name, p.tries+1)
	case p.retry:
	case p.first >= 0 && o.now < p.first+p.spec.Period-o.lateness:
		o.fail("a %s probe of %s is made %s after the last one", a.Kind, a.Name, o.now-p.first)
	}
	if p.retry {
		p.tries++
	} else {
		p.tries, p.first = 1, o.now
	}
	p.number, p.inFlight, p.since, p.retry, p.due = a.Number, true, o.now, false, false
}

// stopProbe: a probe is given up only where nobody wants its answer any more.
func (o *observer) stopProbe(c *watched, a supervisor.StopProbe) {
	for _, p := range c.replaced {
		if p.kind == a.Kind && p.number == a.Number && p.inFlight {
			p.inFlight = false
			return
		}
	}
	p := c.probe(a.Kind)
	if p == nil || p.number != a.Number || !p.giveUp && (!p.inFlight || o.wants(c, p)) {
		o.fail("%s probe %d of %s is given up and should not be", a.Kind, a.Number, a.Name)
		return
	}
	p.giveUp, p.inFlight = false, false
}

// mustProbe checks that probes are made while they are wanted, and only then.
func (o *observer) mustProbe(c *watched, p *watchedProbe) {
	name := c.spec.Name
	wanted := o.wants(c, p)
	switch {
	case p.giveUp || p.inFlight && !wanted:
		o.fail("the %s probe of %s is not given up", p.kind, name)
	case p.retry && wanted:
		o.fail("the %s probe of %s went wrong itself and is not made again", p.kind, name)
	case p.due && wanted:
		o.fail("the %s probe of %s is due and not made", p.kind, name)
	}
	p.retry, p.due = false, false
	if !wanted {
		p.wanted = -1
		o.mustNotBeArmed(probeTimer(p.kind), name)
		o.mustNotBeArmed(timeoutTimer(p.kind), name)
		return
	}
	if p.wanted < 0 {
		p.wanted = o.now
	}
	earliest, latest := o.now-o.lateness, o.now+p.spec.Period // it may be due and late
	if p.first < p.wanted {                                   // none has been made since
		due := max(c.started+p.spec.InitialDelay, p.wanted)
		earliest, latest = due, due
	}
	o.mustBeArmed(probeTimer(p.kind), name, earliest, latest)
	if p.inFlight {
		o.mustBeArmed(timeoutTimer(p.kind), name, p.since+p.spec.Timeout, p.since+p.spec.Timeout)
	} else {
		o.mustNotBeArmed(timeoutTimer(p.kind), name)
	}
}

func probeTimer(kind supervisor.ProbeKind) supervisor.TimerKind   { return probeTimers[kind] }
func timeoutTimer(kind supervisor.ProbeKind) supervisor.TimerKind { return timeoutTimers[kind] }

// Names made once, since a walk needs them millions of times.
var (
	probeTimers   = map[supervisor.ProbeKind]supervisor.TimerKind{}
	timeoutTimers = map[supervisor.ProbeKind]supervisor.TimerKind{}
	probedLabels  = map[supervisor.ProbeKind]map[supervisor.ProbeResult]string{}
)

func init() {
	for _, kind := range []supervisor.ProbeKind{supervisor.ProbeStartup, supervisor.ProbeLiveness, supervisor.ProbeReadiness} {
		probeTimers[kind] = supervisor.TimerKind("probe " + kind)
		timeoutTimers[kind] = supervisor.TimerKind("timeout " + kind)
		probedLabels[kind] = map[supervisor.ProbeResult]string{}
		for _, result := range []supervisor.ProbeResult{supervisor.ProbeSuccess, supervisor.ProbeFailure, supervisor.ProbeUnknown} {
			probedLabels[kind][result] = "event Probed " + string(kind) + " " + string(result)
		}
	}
}
