package conformance

import (
	"fmt"
	"slices"
)

// compareWaits wants each restart that was seen to be immediate or to wait as it did, by the exact time of the back-off.
// It is counted from the end of the last run; after a probe's kill from that of the run before, which the kubelet looks at
// in the pass that kills; where all containers are restarted from the end of the last one.
func compareWaits(c *comparison) (looked int, problems []string) {
	waits, ends, most := c.want.waits(), c.got.ends(), c.want.restarts()
	for _, s := range c.got.starts {
		if s.restarts == 0 {
			continue
		}
		from, ended := ends[s.container][s.restarts-1]
		if !ended {
			problems = append(problems, fmt.Sprintf("restart %d of %s began before the end of its last run", s.restarts, s.container))
			continue
		}
		delay, waited := waits[s.container][s.restarts]
		if !waited && s.restarts > most[s.container] {
			continue // nile is ahead
		}
		looked++
		switch {
		case waited && c.pod.probeKills:
			from = max(from-delay, ends[s.container][s.restarts-2])
		case c.pod.restartsAll:
			from = c.got.lastEndBefore(s.at)
		}
		if gap := s.at - from; gap < delay-0.05 || gap > delay+tolerance+c.lag {
			problems = append(problems, fmt.Sprintf("restart %d of %s came %.2f s after the end of its last run, want %.0f s", s.restarts, s.container, gap, delay))
		}
	}
	return looked, problems
}

// lastEndBefore is the time of the last end of a run before a moment.
func (t *trace) lastEndBefore(at float64) float64 {
	last := 0.0
	for _, s := range t.states {
		if s.state == "terminated" && s.at <= at {
			last = max(last, s.at)
		}
	}
	return last
}

// compareReady wants a container to be started and ready as it was, as far as that lasted long enough to be seen.
func compareReady(c *comparison) (looked int, problems []string) {
	for _, name := range c.want.containers() {
		if !c.pod.runsOn(name) {
			continue
		}
		wantAll, want := c.want.flags(name, c.pod.runFor)
		gotAll, got := c.got.flags(name, c.pod.runFor)
		if len(wantAll) == 0 {
			continue // the trace says nothing of it
		}
		looked += len(want)
		rest, toTheEnd := without(got, wantAll)
		ahead := toTheEnd && !c.exact && !c.want.ended()
		if missing, _ := without(want, gotAll); len(missing) > 0 || len(rest) > 0 && !ahead {
			problems = append(problems, fmt.Sprintf("%s was (restarts, started, ready) %v, want %v", name, gotAll, wantAll))
		}
	}
	return looked, problems
}

// perStart is what it may cost, in seconds, to start a process and to hear of its end. The arithmetic of a manifest knows
// nothing of it, and with each restart it adds up.
const perStart = 0.1

// startsBefore counts the starts of a line's container until it came.
func (c *comparison) startsBefore(l line) int {
	count := 0
	for _, s := range c.got.starts {
		if s.container == l.container && s.at <= l.at {
			count++
		}
	}
	return count
}

// compareTimes wants no line later than the kubelet had it, and those of a trace that was written from the rules on time.
func compareTimes(c *comparison) (looked int, problems []string) {
	if c.pod.works {
		return 0, nil
	}
	for _, o := range c.occurrences(c.want) {
		l, found := c.find(o)
		if !found {
			continue // compareLines tells it
		}
		looked++
		if late := l.at - o.at; late > tolerance+c.lag+perStart*float64(c.startsBefore(l)) || c.exact && late < -tolerance {
			problems = append(problems, fmt.Sprintf("%s > %s came at %.2f, want %.1f", o.container, o.text, l.at, o.at))
		}
	}
	return looked, problems
}

// polling is how much later than nile the kubelet may be at the end of a pod: it hears of each step up to a second late.
const polling = 2.0

// compareEnd wants the pod to be gone when it was gone.
func compareEnd(c *comparison) (looked int, problems []string) {
	if c.want.gone == 0 {
		return 0, nil
	}
	early := polling
	if c.exact {
		early = tolerance
	}
	if c.got.gone == 0 || c.got.gone > c.want.gone+tolerance+c.lag || c.got.gone < c.want.gone-early {
		return 1, []string{fmt.Sprintf("the pod was gone at %.2f, want %.1f", c.got.gone, c.want.gone)}
	}
	return 1, nil
}

// compareMessages wants the same termination messages.
func compareMessages(c *comparison) (looked int, problems []string) {
	got := c.got.outcomes()
	for name, runs := range c.want.outcomes() {
		for run, want := range runs {
			if want.reason == "StartError" || want.message.length == 0 && !c.pod.messages {
				continue
			}
			looked++
			if o := got[name][run]; !want.message.fits(o.message.text) {
				problems = append(problems, fmt.Sprintf("the message of run %d of %s is %d long: %.60q, want %d: %q … %q",
					run, name, len(o.message.text), o.message.text, want.message.length, want.message.head, want.message.tail))
			}
		}
	}
	slices.Sort(problems)
	return looked, problems
}
