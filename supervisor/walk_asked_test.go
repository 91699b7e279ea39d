package supervisor_test

import (
	"math/rand/v2"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// randomHold makes up when a pod is held, and how.
func randomHold(rng *rand.Rand) supervisor.Hold {
	h := supervisor.Hold{OnFailure: oneOf(rng, "", supervisor.FailureHold, supervisor.FailureHold, supervisor.FailureExit)}
	if chance(rng, 30) {
		h.AfterRestarts = 1 + rng.IntN(3)
	}
	if chance(rng, 40) {
		h.For = time.Millisecond + upTo(rng, 100*time.Second)
	}
	h.Sidecars = oneOf(rng, "", supervisor.SidecarsContinue, supervisor.SidecarsStop, supervisor.SidecarsStop)
	return h
}

func randomDump(rng *rand.Rand) supervisor.Dump {
	if chance(rng, 60) {
		return supervisor.Dump{}
	}
	return supervisor.Dump{Signal: oneOf(rng, 3, 12), Wait: oneOf(rng, 0, time.Second, upTo(rng, 6*time.Second))}
}

// order is a command of an operator: one that he may well give as things stand, or any.
func (l *life) order() supervisor.Command {
	l.commands++
	e := supervisor.Command{ID: l.commands, Verb: oneOf(l.rng, supervisor.VerbStart, supervisor.VerbStop, supervisor.VerbRestart, supervisor.VerbSignal,
		supervisor.VerbRetry, supervisor.VerbRelease)}
	list := l.machine.Snapshot().Containers
	c := &list[l.rng.IntN(len(list))]
	e.Name = c.Name
	if chance(l.rng, 60) {
		e.Verb = sensible(l.rng, c)
	}
	switch n := l.rng.IntN(100); {
	case n < 3:
		e.Name = "nobody"
	case n < 10:
		e.Name = ""
	}
	switch e.Verb {
	case supervisor.VerbSignal:
		e.Signal = oneOf(l.rng, 1, 2, 3, 9, 10, 15, 37)
	case supervisor.VerbRetry:
		e.KeepHeld = chance(l.rng, 30)
		if chance(l.rng, 50) {
			e.Override = &supervisor.Override{Args: []string{"-v"}}
		}
	case supervisor.VerbRelease:
		if chance(l.rng, 40) {
			code := l.rng.IntN(256) * l.rng.IntN(2)
			e.Code = &code
		}
	}
	return e
}

// sensible is a verb that a container as it is has a use for.
func sensible(rng *rand.Rand, c *supervisor.ContainerSnapshot) supervisor.Verb {
	switch c.State {
	case supervisor.Held:
		return oneOf(rng, supervisor.VerbRetry, supervisor.VerbRetry, supervisor.VerbRetry, supervisor.VerbRelease)
	case supervisor.Stopped, supervisor.BackingOff, supervisor.Retrying, supervisor.Completed, supervisor.Failed:
		return oneOf(rng, supervisor.VerbStart, supervisor.VerbRestart, supervisor.VerbStop)
	case supervisor.Waiting, supervisor.Starting, supervisor.Running, supervisor.Stopping, supervisor.Killing, supervisor.Emptying:
	}
	return oneOf(rng, supervisor.VerbStop, supervisor.VerbRestart, supervisor.VerbSignal, supervisor.VerbStart)
}
