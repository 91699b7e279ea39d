package supervisor

import (
	"fmt"
	"time"
)

// ProbeKind names the three probes of a container.
type ProbeKind string

// The kinds, in the order in which they are looked at.
const (
	ProbeStartup   ProbeKind = "startup"
	ProbeLiveness  ProbeKind = "liveness"
	ProbeReadiness ProbeKind = "readiness"
)

// ProbeResult is what one probe found.
type ProbeResult string

// The results. Unknown means that the probe itself went wrong: it is tried again
// at once a few times and then counts for nothing.
const (
	ProbeUnknown ProbeResult = "Unknown"
	ProbeSuccess ProbeResult = "Success"
	ProbeFailure ProbeResult = "Failure"
)

// probeTries is how often a probe that goes wrong itself is tried (kubelet:
// maxProbeRetries).
const probeTries = 3

// probe is one probe of a container and where it stands in the present run.
type probe struct {
	kind ProbeKind
	spec *Probe

	result ProbeResult // what holds: changes only at a threshold
	last   ProbeResult // what the latest probe found
	row    int         // how many in a row have found that
	met    bool        // a threshold has been reached in this run

	active   bool      // probes are due
	next     time.Time // when the next one is
	inFlight bool
	number   int // of the probe in flight or else the latest
	tries    int // of the probe in flight
}

// newProbes makes the probes that a container's spec asks for.
func newProbes(spec *Container) []*probe {
	var list []*probe
	for _, p := range []struct {
		kind ProbeKind
		spec *Probe
	}{{ProbeStartup, spec.Startup}, {ProbeLiveness, spec.Liveness}, {ProbeReadiness, spec.Readiness}} {
		if p.spec != nil {
			list = append(list, &probe{kind: p.kind, spec: p.spec})
		}
	}
	return list
}

// reset forgets what was found in an earlier run. Numbers go on, so that an
// answer of that run fits nothing.
func (p *probe) reset() {
	result := map[ProbeKind]ProbeResult{ProbeLiveness: ProbeSuccess, ProbeReadiness: ProbeFailure, ProbeStartup: ProbeUnknown}[p.kind]
	*p = probe{kind: p.kind, spec: p.spec, number: p.number, result: result, last: ProbeUnknown}
}

// probeOf is the container's probe of a kind, nil where it has none.
func (c *container) probeOf(kind ProbeKind) *probe {
	for _, p := range c.probes {
		if p.kind == kind {
			return p
		}
	}
	return nil
}

// hasStarted is the Pod status' "started": its postStart hook is done, its process has said
// that it is ready, where it is to, and its startup probe has succeeded.
func (c *container) hasStarted() bool {
	return c.running() && c.postStartDone && c.hasSaid() && (c.startup == nil || c.startup.result == ProbeSuccess)
}

// isReady is the Pod status' "ready".
func (c *container) isReady() bool {
	return c.hasStarted() && (c.readiness == nil || c.readiness.result == ProbeSuccess) && !c.notice.stopping
}

// running tells whether the process of the container runs, asked to end or not.
func (c *container) running() bool {
	return c.state == Running || c.state == Stopping || c.state == Killing
}

// advanceProbes starts and ends the probing of every container as its state asks
// for.
func (m *Machine) advanceProbes() {
	for _, c := range m.all {
		for _, p := range c.probes {
			wanted := m.probeWanted(c, p)
			switch {
			case wanted && !p.active:
				p.active = true
				p.next = c.started.Add(p.spec.InitialDelay)
				if p.next.Before(m.now) {
					p.next = m.now
				}
				m.arm(p.timer(), c, p.next.Sub(m.now))
			case !wanted && p.active:
				m.endProbing(c, p)
			}
		}
	}
}

// probeWanted tells whether a probe is to be made from time to time: liveness and
// readiness only after the start; liveness and startup not while the container is
// being stopped or the pod ends, nor while the pod is held for its sake though it runs,
// perhaps under a debugger; readiness until the process is gone.
func (m *Machine) probeWanted(c *container, p *probe) bool {
	if !c.running() || !c.postStartDone {
		return false
	}
	switch p.kind {
	case ProbeStartup:
		return c.state == Running && m.ending == nil && !c.hold.kept && !p.met
	case ProbeLiveness:
		return c.state == Running && m.ending == nil && !c.hold.kept && c.hasStarted() && p.result != ProbeFailure && !c.notice.stopping
	case ProbeReadiness:
		return c.hasStarted()
	}
	return false
}

func (m *Machine) endProbing(c *container, p *probe) {
	if !p.active {
		return
	}
	p.active = false
	m.disarm(p.timer(), c)
	m.cancelProbe(c, p)
}

// cancelProbe gives up the probe in flight.
func (m *Machine) cancelProbe(c *container, p *probe) {
	if p.inFlight {
		p.inFlight = false
		m.disarm(p.timeoutTimer(), c)
		m.act(StopProbe{Name: c.spec.Name, Kind: p.kind, Number: p.number})
	}
}

func (p *probe) timer() TimerKind        { return TimerKind("probe " + string(p.kind)) }
func (p *probe) timeoutTimer() TimerKind { return TimerKind("timeout " + string(p.kind)) }

// probeDue makes a probe, unless the one before is still under way, and sets the
// time of the next.
func (m *Machine) probeDue(c *container, p *probe) {
	if !p.inFlight {
		p.tries = 0
		m.startProbe(c, p)
	}
	p.next = p.next.Add(p.spec.Period)
	if !p.next.After(m.now) {
		p.next = m.now.Add(p.spec.Period)
	}
	// Armed after the time-out, which so comes first where both are due together:
	// a probe that hangs for its whole period makes way for the next.
	m.arm(p.timer(), c, p.next.Sub(m.now))
}

func (m *Machine) startProbe(c *container, p *probe) {
	p.inFlight = true
	p.number++
	p.tries++
	m.act(StartProbe{Name: c.spec.Name, Kind: p.kind, Number: p.number})
	m.arm(p.timeoutTimer(), c, p.spec.Timeout)
}

// probeTimedOut counts a probe that took too long as failed.
func (m *Machine) probeTimedOut(c *container, p *probe) {
	m.cancelProbe(c, p)
	m.probeFound(c, p, ProbeFailure, fmt.Sprintf("no answer within %s", short(p.spec.Timeout)))
}

// probed records the answer of a probe.
func (m *Machine) probed(e Probed) {
	m.settled = true // but for a threshold that is reached
	c := m.byName[e.Name]
	if c == nil {
		return
	}
	p := c.probeOf(e.Kind)
	if p == nil || !p.inFlight || p.number != e.Number {
		return
	}
	p.inFlight = false
	m.disarm(p.timeoutTimer(), c)
	if e.Result != ProbeUnknown {
		m.probeFound(c, p, e.Result, e.Message)
		return
	}
	m.note(LevelDebug, c, c.state, fmt.Sprintf("%s probe went wrong: %s", p.kind, e.Message))
	if p.tries < probeTries {
		m.startProbe(c, p)
	}
}

// probeFound counts what a probe has found; at the threshold it holds.
func (m *Machine) probeFound(c *container, p *probe, found ProbeResult, message string) {
	if p.last != found {
		p.last, p.row = found, 0
	}
	p.row++
	threshold := p.spec.SuccessThreshold
	if found == ProbeFailure {
		threshold = p.spec.FailureThreshold
		m.note(LevelDebug, c, c.state, fmt.Sprintf("%s probe failed (%d of %d): %s", p.kind, min(p.row, threshold), threshold, message))
	}
	if p.row < threshold || p.met && p.result == found {
		return
	}
	m.settled = false
	before := p.result
	p.result, p.met = found, true
	m.probeMeans(c, p, before, message)
}

// probeMeans acts on what now holds.
func (m *Machine) probeMeans(c *container, p *probe, before ProbeResult, message string) {
	switch {
	case p.kind == ProbeReadiness && c.notice.stopping: // it is not ready, whatever is found
	case p.kind == ProbeReadiness && p.result == ProbeSuccess:
		m.note(LevelInfo, c, c.state, "ready")
	case p.kind == ProbeReadiness && before == ProbeSuccess:
		m.note(LevelWarn, c, c.state, fmt.Sprintf("not ready any more: readiness probe failed %d times: %s", p.row, message))
	case p.kind == ProbeStartup && p.result == ProbeSuccess:
		m.note(LevelInfo, c, c.state, fmt.Sprintf("startup probe succeeded %s after the start", short(m.now.Sub(c.started))))
	case p.kind != ProbeReadiness && p.result == ProbeFailure:
		grace := m.spec.Grace
		if p.spec.Grace != nil {
			grace = *p.spec.Grace
		}
		c.cause, c.culprit, c.saw = causeProbe, p.kind, message
		m.stopForProbe(c, p.kind, grace, fmt.Sprintf("%s probe failed %s: %s", p.kind, plural(p.row, "time", "times"), message))
	}
}

// probeFired handles the timers of a probe.
func (m *Machine) probeFired(c *container, kind TimerKind) {
	m.settled = true // but for a threshold that is reached
	for _, p := range c.probes {
		switch kind {
		case p.timer():
			m.probeDue(c, p)
		case p.timeoutTimer():
			m.probeTimedOut(c, p)
		}
	}
}
