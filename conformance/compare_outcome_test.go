package conformance

import (
	"fmt"
	"slices"
)

// compareExits wants each run that was seen to end to have ended with the same code and reason.
func compareExits(c *comparison) (looked int, problems []string) {
	got := c.got.outcomes()
	for name, runs := range c.want.outcomes() {
		for run, want := range runs {
			looked++
			o, seen := got[name][run]
			switch {
			case !seen:
				problems = append(problems, fmt.Sprintf("run %d of %s did not end, want %s/%d", run, name, want.reason, want.exit))
			case o.reason != want.reason || o.exit != want.exit:
				problems = append(problems, fmt.Sprintf("run %d of %s ended %s/%d, want %s/%d", run, name, o.reason, o.exit, want.reason, want.exit))
			}
		}
	}
	slices.Sort(problems)
	return looked, problems
}

// compareFinal wants each container of a pod that has ended by itself to be left with the same code and reason.
func compareFinal(c *comparison) (looked int, problems []string) {
	if c.want.deleted || !c.want.ended() {
		return 0, nil
	}
	got := c.got.final()
	for name, want := range c.want.final() {
		looked++
		if o := got[name]; o.reason != want.reason || o.exit != want.exit {
			problems = append(problems, fmt.Sprintf("%s was left %s/%d, want %s/%d", name, o.reason, o.exit, want.reason, want.exit))
		}
	}
	slices.Sort(problems)
	return looked, problems
}

// compareRestarts wants the same number of restarts, or more where the pod goes on after what was observed.
func compareRestarts(c *comparison) (looked int, problems []string) {
	got := c.got.restarts()
	for name, want := range c.want.restarts() {
		looked++
		if got[name] < want || got[name] > want && (c.exact || c.want.ended()) {
			problems = append(problems, fmt.Sprintf("%s was restarted %d times, want %d", name, got[name], want))
		}
	}
	slices.Sort(problems)
	return looked, problems
}

func comparePhase(c *comparison) (looked int, problems []string) {
	if c.want.deleted || c.want.phase() == "" {
		return 0, nil
	}
	if got := c.got.phase(); got != c.want.phase() {
		return 1, []string{fmt.Sprintf("the pod is %s, want %s", got, c.want.phase())}
	}
	return 1, nil
}

// compareConditions wants a pod that has ended by itself to be left with the same conditions, and its containers ready or
// not: an init container that has done its part is. nile's status file tells it, so only where nile has ended.
func compareConditions(c *comparison) (looked int, problems []string) {
	if c.want.deleted || !c.want.ended() || c.got.code < 0 || len(c.got.pod) == 0 {
		return 0, nil
	}
	want, got := c.want.pod[len(c.want.pod)-1], c.got.pod[len(c.got.pod)-1]
	for _, condition := range []struct{ name, want, got string }{{"Initialized", want.inited, got.inited}, {"Ready", want.ready, got.ready}} {
		if condition.want == "" {
			continue
		}
		looked++
		if condition.want != condition.got {
			problems = append(problems, fmt.Sprintf("%s is %q, want %s", condition.name, condition.got, condition.want))
		}
	}
	ready := c.got.final()
	for name, want := range c.want.final() {
		if looked > 0 && want.ready != ready[name].ready {
			problems = append(problems, fmt.Sprintf("%s is left ready: %v, want %v", name, ready[name].ready, want.ready))
		}
	}
	slices.Sort(problems)
	return looked, problems
}

func compareCode(c *comparison) (looked int, problems []string) {
	if c.want.code < 0 {
		return 0, nil
	}
	if c.got.code != c.want.code {
		return 1, []string{fmt.Sprintf("nile ended with %d, want %d", c.got.code, c.want.code)}
	}
	return 1, nil
}
