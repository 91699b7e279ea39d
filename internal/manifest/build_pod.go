package manifest

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

func (b *builder) podSpec() supervisor.Spec {
	spec := supervisor.Spec{
		Name:          b.pod.Name,
		RestartPolicy: supervisor.RestartAlways,
		Grace:         defaultGraceSeconds * time.Second,
	}
	if policy := b.spec.RestartPolicy; policy != "" {
		spec.RestartPolicy = supervisor.RestartPolicy(policy)
	}
	if grace := b.spec.TerminationGracePeriodSeconds; grace != nil {
		spec.Grace = seconds(*grace)
	}
	if b.spec.Nile != nil {
		b.nilePod(b.spec.Nile)
		nileSpec(b.spec.Nile, &spec)
	}
	return spec
}

// nilePod fills in what only nile has and the supervisor needn't know.
func (b *builder) nilePod(nile *podNile) {
	b.pod.Presets = nile.Presets
	if nile.Sample > 0 {
		b.pod.Sample = max(time.Duration(nile.Sample), time.Second)
	}
	b.pod.StateDir, b.pod.Masks = nile.StateDir, nile.Mask
	b.pod.Listen = nile.Listen
	b.pod.PodDir, b.pod.EndWith = nile.PodDir, nile.EndWith
	if len(nile.EndWith) > 0 {
		b.pod.EndWithAt = b.pod.field(nile.at("endWith"))
	}
	for _, answer := range nile.HoldAnswers {
		b.pod.HoldAnswers = append(b.pod.HoldAnswers, HoldAnswer{Port: int(answer.Port), Path: answer.Path})
	}
	b.pod.EventHooks = eventHooksOf(nile)
	if nile.Reload != nil {
		b.pod.Reload = Reload{Signal: int(nile.Reload.Signal), Watch: nile.Reload.Watch}
	}
}

// nileSpec fills in what only nile has and the supervisor decides by.
func nileSpec(nile *podNile, spec *supervisor.Spec) {
	spec.ExitWhen = supervisor.ExitWhen(nile.ExitWhen)
	spec.ShutdownTimeout = time.Duration(nile.ShutdownTimeout)
	if backoff := nile.Backoff; backoff != nil {
		spec.Backoff = supervisor.Backoff{
			Initial:    time.Duration(backoff.Initial),
			Max:        time.Duration(backoff.Max),
			ResetAfter: time.Duration(backoff.ResetAfter),
			Jitter:     float64(backoff.Jitter),
		}
		if limit := spec.Backoff.Max; limit > 0 && limit < kubeletBackoffInitial && !backoff.has("initial") {
			spec.Backoff.Initial = limit // a short max alone is meant for the first wait too
		}
	}
	spec.Hold = holdOf(nile)
	for from, to := range nile.Signals {
		if spec.Signals == nil {
			spec.Signals = make(map[int]int, len(nile.Signals))
		}
		spec.Signals[parseSignal(from)] = int(to)
	}
}

func holdOf(nile *podNile) supervisor.Hold {
	hold := supervisor.Hold{
		OnFailure: supervisor.OnFailure(nile.OnFailure),
		For:       time.Duration(nile.HoldFor),
		Sidecars:  supervisor.HoldSidecars(nile.HoldSidecars),
	}
	if n := nile.HoldAfterRestarts; n != nil {
		hold.AfterRestarts = int(*n)
	}
	return hold
}
