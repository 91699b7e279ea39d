package supervisor_test

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// rightness is how the probes of a kind find a container: for a while one way, then
// another.
type rightness struct {
	until  time.Duration
	result supervisor.ProbeResult
	slow   bool
}

// probe decides what a probe finds, and when: some never answer.
func (h *host) probe(a supervisor.StartProbe) {
	key := a.Name + string(a.Kind)
	r := h.probes[key]
	if r == nil || r.until < h.now {
		r = &rightness{until: h.now + upTo(h.rng, 30*time.Second), slow: chance(h.rng, 10)}
		r.result = oneOf(h.rng, supervisor.ProbeSuccess, supervisor.ProbeSuccess, supervisor.ProbeFailure)
		h.probes[key] = r
	}
	result := r.result
	switch n := h.rng.IntN(100); {
	case n < 5:
		result = supervisor.ProbeUnknown
	case n < 15:
		result = oneOf(h.rng, supervisor.ProbeSuccess, supervisor.ProbeFailure)
	}
	delay := time.Duration(0)
	switch {
	case r.slow && chance(h.rng, 70):
		return
	case chance(h.rng, 40):
		delay = upTo(h.rng, 3*time.Second)
	}
	h.answers = append(h.answers, happening{h.now + delay,
		supervisor.Probed{Name: a.Name, Kind: a.Kind, Number: a.Number, Result: result, Message: "seen"}})
}

// hook decides how a hook ends, and when: some never do.
func (h *host) hook(a supervisor.RunHook) {
	done := supervisor.HookDone{Name: a.Name, Gen: a.Gen, Hook: a.Hook, Number: a.Number}
	if chance(h.rng, 20) {
		done.Err = "exited with code 1"
	}
	if delay := oneOf(h.rng, 0, upTo(h.rng, 3*time.Second), upTo(h.rng, 20*time.Second), never); delay != never {
		h.answers = append(h.answers, happening{h.now + delay, done})
	}
}

// drop takes an answer back that nobody wants any more. It may still be told, as some
// answers are under way already when they are given up.
func (h *host) drop(unwanted func(supervisor.Event) bool) {
	for i := len(h.answers) - 1; i >= 0; i-- {
		if unwanted(h.answers[i].event) {
			h.tellAgain(h.answers[i].event)
			h.answers = remove(h.answers, i)
		}
	}
}
