package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// reload makes up what the pod is to become: mostly a few changes of what it is.
func (l *life) reload() supervisor.Reload {
	l.commands++
	spec := copySpec(l.observer.spec)
	switch n := l.rng.IntN(100); {
	case n < 4: // as it is
	case n < 6:
		spec.Main = nil
	case n < 8:
		spec.Main = append(spec.Main, spec.Main[0])
	case n < 9:
		spec.Forward = true
	default:
		for range 1 + l.rng.IntN(4) {
			l.change(&spec)
		}
		l.redepend(&spec)
	}
	return supervisor.Reload{ID: l.commands, Spec: spec, DryRun: chance(l.rng, 15)}
}

// copySpec copies as much of a spec as change changes.
func copySpec(spec *supervisor.Spec) supervisor.Spec {
	copied := *spec
	copied.Init, copied.Main = slices.Clone(spec.Init), slices.Clone(spec.Main)
	return copied
}

// change makes up one change.
func (l *life) change(spec *supervisor.Spec) {
	list := &spec.Main
	if chance(l.rng, 40) {
		list = &spec.Init
	}
	switch n := l.rng.IntN(100); {
	case n < 12:
		changePod(l.rng, spec)
	case n < 35:
		l.addOne(spec, list)
	case len(*list) == 0 || list == &spec.Main && len(*list) == 1 && n < 60:
	case n < 50:
		i := l.rng.IntN(len(*list))
		*list = slices.Delete(*list, i, i+1)
	case n < 57:
		l.move(spec, list)
	case n < 63:
		i, j := l.rng.IntN(len(*list)), l.rng.IntN(len(*list))
		(*list)[i], (*list)[j] = (*list)[j], (*list)[i]
	default:
		changeContainer(l.rng, &(*list)[l.rng.IntN(len(*list))], list == &spec.Init)
	}
}

// addOne adds a container, sometimes one of a name that there was.
func (l *life) addOne(spec *supervisor.Spec, list *[]supervisor.Container) {
	name := fmt.Sprintf("new%d", l.rng.IntN(3))
	for _, c := range slices.Concat(spec.Init, spec.Main) {
		if c.Name == name {
			return
		}
	}
	c := randomContainer(l.rng, name)
	c.Sidecar = list == &spec.Init && chance(l.rng, 60)
	addLife(l.rng, &c, list == &spec.Init && !c.Sidecar)
	*list = slices.Insert(*list, l.rng.IntN(len(*list)+1), c)
}

// move makes a container another kind of one.
func (l *life) move(spec *supervisor.Spec, list *[]supervisor.Container) {
	i := l.rng.IntN(len(*list))
	c := (*list)[i]
	if list == &spec.Main && len(*list) == 1 {
		return
	}
	*list = slices.Delete(*list, i, i+1)
	if list == &spec.Init && chance(l.rng, 50) {
		c.Sidecar = false
		spec.Main = append(spec.Main, c)
		return
	}
	c.Sidecar = !c.Sidecar
	if !c.Sidecar { // plain init containers have none of these
		c.Startup, c.Liveness, c.Readiness, c.PostStart, c.PreStop = nil, nil, nil, nil, nil
		c.Notify = supervisor.Notify{}
	} else {
		c.Rules = nil
	}
	spec.Init = append(spec.Init, c)
}

// changeContainer changes one thing about a container, or several.
func changeContainer(rng *rand.Rand, c *supervisor.Container, init bool) {
	probed := !init || c.Sidecar
	switch n := rng.IntN(100); {
	case n < 37 || !probed && n < 40:
		c.Process.Argv = []string{fmt.Sprint(rng.IntN(1000))}
	case n < 40:
		c.Notify = randomNotify(rng)
	case n < 50:
		c.StopSignal = oneOf(rng, 1, 2, 3, 10, 15, 37)
	case n < 55:
		c.KillMode = oneOf(rng, "", supervisor.KillGroup, supervisor.KillProcess)
	case n < 60:
		c.RestartPolicy = randomPolicy(rng)
	case n < 65:
		c.OnFailure = oneOf(rng, "", supervisor.FailureHold, supervisor.FailureExit)
	case n < 75 && probed:
		c.Liveness = oneOf(rng, nil, randomProbe(rng))
	case n < 82 && probed:
		c.Startup = oneOf(rng, nil, randomProbe(rng))
	case n < 89 && probed:
		c.Readiness = oneOf(rng, nil, randomProbe(rng))
	case n < 93 && probed:
		c.PostStart = oneOf(rng, nil, &supervisor.Handler{})
	case n < 97 && probed:
		c.PreStop = oneOf(rng, nil, &supervisor.Handler{})
	case n < 98 || !probed:
		c.Dump = randomDump(rng)
	default:
		c.Watch = randomWatches(rng)
	}
}

// changePod changes what all containers share.
func changePod(rng *rand.Rand, spec *supervisor.Spec) {
	switch rng.IntN(6) {
	case 0:
		spec.Grace = upTo(rng, 40*time.Second)
	case 1:
		spec.Backoff = randomBackoff(rng)
	case 2:
		spec.RestartPolicy = randomPolicy(rng)
	case 3:
		spec.Hold = randomHold(rng)
	case 4:
		spec.ExitWhen = oneOf(rng, supervisor.ExitWhenAll, supervisor.ExitWhenAny)
	case 5:
		spec.Hold.For = upTo(rng, 100*time.Second)
	}
}
