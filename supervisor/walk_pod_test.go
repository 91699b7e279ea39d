package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// oneOf picks one.
func oneOf[T any](rng *rand.Rand, choices ...T) T { return choices[rng.IntN(len(choices))] }

// chance is true so many times in a hundred.
func chance(rng *rand.Rand, percent int) bool { return rng.IntN(100) < percent }

// upTo is a random duration. Every second one is a multiple of half a second, so
// that things often happen at the very same time.
func upTo(rng *rand.Rand, most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	d := time.Duration(rng.Int64N(int64(most) + 1))
	if chance(rng, 50) {
		d = d.Truncate(500 * time.Millisecond)
	}
	return d
}

// randomSpec makes up a pod.
func randomSpec(rng *rand.Rand) supervisor.Spec {
	spec := supervisor.Spec{
		Name:          "pod",
		RestartPolicy: randomPolicy(rng),
		Grace:         oneOf(rng, 0, time.Second, upTo(rng, 5*time.Second), upTo(rng, 40*time.Second), upTo(rng, 40*time.Second), upTo(rng, 40*time.Second)),
		Backoff:       randomBackoff(rng),
	}
	if chance(rng, 20) {
		spec.ShutdownTimeout = upTo(rng, 30*time.Second)
	}
	if chance(rng, 15) {
		spec.Signals = oneOf(rng, map[int]int{12: 15}, map[int]int{15: 3}, map[int]int{1: 0, 15: 0}, map[int]int{10: 2, 1: 12})
	}
	if chance(rng, 10) {
		spec.Remap = []supervisor.ExitRemap{{From: 143, To: 0, Stopped: chance(rng, 50)}, {From: 0, To: 7, Stopped: chance(rng, 50)}, {From: 143, To: 9}}
	}
	holds := chance(rng, 45)
	if holds {
		spec.Hold = randomHold(rng)
	}
	if chance(rng, 15) {
		addProgram(rng, &spec)
		return spec
	}
	if chance(rng, 30) {
		spec.ExitWhen = supervisor.ExitWhenAny
	}
	lively := chance(rng, 60)
	for i := range rng.IntN(5) {
		c := randomContainer(rng, fmt.Sprintf("init%d", i))
		c.Sidecar = chance(rng, 50)
		if lively {
			addLife(rng, &c, !c.Sidecar)
		}
		if holds {
			c.OnFailure = oneOf(rng, "", "", supervisor.FailureHold, supervisor.FailureExit)
		}
		spec.Init = append(spec.Init, c)
	}
	for i := range 1 + rng.IntN(4) {
		c := randomContainer(rng, fmt.Sprintf("main%d", i))
		if lively {
			addLife(rng, &c, false)
		}
		if holds {
			c.OnFailure = oneOf(rng, "", "", "", supervisor.FailureHold, supervisor.FailureExit)
		}
		spec.Main = append(spec.Main, c)
	}
	return spec
}

// addProgram makes the pod a wrapper of one program.
func addProgram(rng *rand.Rand, spec *supervisor.Spec) {
	spec.Forward = true
	spec.Main = []supervisor.Container{randomContainer(rng, "app")}
	spec.Main[0].Dump = randomDump(rng)
	if chance(rng, 25) {
		spec.Main[0].Notify = randomNotify(rng)
	}
	spec.Wrap.Scope = oneOf(rng, "", "", supervisor.ScopeGroup)
	spec.Wrap.Leftovers = oneOf(rng, "", "", supervisor.LeftoversEnd, supervisor.LeftoversLeave)
}

func randomPolicy(rng *rand.Rand) supervisor.RestartPolicy {
	return oneOf(rng, "", supervisor.RestartAlways, supervisor.RestartOnFailure, supervisor.RestartNever)
}

func randomContainer(rng *rand.Rand, name string) supervisor.Container {
	c := supervisor.Container{Name: name}
	if chance(rng, 40) {
		c.RestartPolicy = randomPolicy(rng)
	}
	if chance(rng, 25) {
		c.StopSignal = oneOf(rng, 1, 2, 3, 10, 15, 37)
	}
	c.KillMode = oneOf(rng, "", "", supervisor.KillTree, supervisor.KillGroup, supervisor.KillProcess)
	return c
}

// addLife gives a container what only some have: rules, and, where it may have them,
// probes and hooks.
func addLife(rng *rand.Rand, c *supervisor.Container, plainInit bool) {
	if chance(rng, 20) && !c.Sidecar {
		c.Rules = append(c.Rules, randomRule(rng))
		if chance(rng, 30) {
			c.Rules = append(c.Rules, randomRule(rng))
		}
	}
	if plainInit {
		return
	}
	if chance(rng, 20) {
		c.Startup = randomProbe(rng)
	}
	if chance(rng, 20) {
		c.Liveness = randomProbe(rng)
	}
	if chance(rng, 20) {
		c.Readiness = randomProbe(rng)
		c.Readiness.SuccessThreshold, c.Readiness.Grace = 1+rng.IntN(3), nil
	}
	if chance(rng, 15) {
		c.PostStart = &supervisor.Handler{}
	}
	if chance(rng, 25) {
		c.Notify = randomNotify(rng)
	}
	if chance(rng, 20) {
		c.PreStop = &supervisor.Handler{}
	}
	c.Dump = randomDump(rng)
	if chance(rng, 30) {
		c.Watch = randomWatches(rng)
	}
}

func randomProbe(rng *rand.Rand) *supervisor.Probe {
	p := &supervisor.Probe{
		Period: time.Duration(1+rng.IntN(12)) * time.Second, Timeout: time.Duration(1+rng.IntN(4)) * time.Second,
		SuccessThreshold: 1, FailureThreshold: 1 + rng.IntN(4),
	}
	if chance(rng, 30) {
		p.InitialDelay = time.Duration(rng.IntN(10)) * time.Second
	}
	if chance(rng, 30) {
		grace := time.Duration(1+rng.IntN(80)) * time.Second
		p.Grace = &grace
	}
	return p
}

func randomRule(rng *rand.Rand) supervisor.RestartRule {
	return supervisor.RestartRule{
		Action: oneOf(rng, supervisor.RuleRestart, supervisor.RuleRestartAllContainers),
		NotIn:  chance(rng, 15),
		Codes:  oneOf(rng, []int{42}, []int{0, 42}, []int{137, 143}, []int{128}),
	}
}

func randomBackoff(rng *rand.Rand) supervisor.Backoff {
	b := supervisor.Backoff{}
	switch n := rng.IntN(100); {
	case n < 10:
		b.Max = time.Millisecond + upTo(rng, 30*time.Second)
	case n < 20:
		b.Initial = time.Millisecond + upTo(rng, 400*time.Second)
	case n < 70:
		b.Initial = time.Millisecond + upTo(rng, 5*time.Second)
		b.Max = b.Initial + upTo(rng, 40*time.Second)
		b.ResetAfter = time.Second + upTo(rng, 60*time.Second)
	}
	if chance(rng, 30) {
		b.Jitter = oneOf(rng, 0.1, 0.5, 1)
	}
	return b
}
