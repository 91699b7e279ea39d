package loop

import (
	"context"
	"slices"

	"github.com/nile-init/nile/supervisor"
)

// Reload has the pod become one of another spec and returns what is done for that, or why
// it is not; with dryRun it is only worked out. Where it is accepted, and before anything
// is done, accepted is called by the loop, which it must not block. The error is that of
// ctx, or [ErrEnded].
func (h *Handle) Reload(ctx context.Context, spec *supervisor.Spec, dryRun bool, accepted func()) (supervisor.Reloaded, error) {
	answer, err := call(ctx, h, func(l *loop) *supervisor.Reloaded { return l.reload(spec, dryRun, accepted) })
	if err != nil {
		return supervisor.Reloaded{}, err
	}
	return *answer, nil
}

// Started are the containers that have been started at least once. The error is that of
// ctx, or [ErrEnded].
func (h *Handle) Started(ctx context.Context) ([]string, error) {
	names, err := call(ctx, h, func(l *loop) *[]string {
		var names []string
		for _, name := range l.order {
			if l.latest[name] != nil {
				names = append(names, name)
			}
		}
		return &names
	})
	if err != nil {
		return nil, err
	}
	return *names, nil
}

// reload gives the machine another spec. It answers in the same step.
func (l *loop) reload(spec *supervisor.Spec, dryRun bool, accepted func()) *supervisor.Reloaded {
	l.lastCommand++
	l.reloadedAs, l.accepted = supervisor.Reloaded{}, accepted
	if !l.degraded {
		l.tell(supervisor.Reload{ID: l.lastCommand, Spec: *spec, DryRun: dryRun, Started: l.processes})
	}
	l.accepted = nil
	if l.reloadedAs.ID != l.lastCommand {
		return &supervisor.Reloaded{Refusal: supervisor.RefusedEnding, Message: "nile is ending, or goes on as a plain init after an internal error"}
	}
	answer := l.reloadedAs
	return &answer
}

// reloaded takes an accepted spec on, where one has been.
func (l *loop) reloaded(a supervisor.Reloaded) {
	l.reloadedAs = a
	if a.Spec == nil {
		return
	}
	l.spec = a.Spec
	// Those that are removed and still there stand between the others: mains are last.
	var order []string
	for _, c := range l.spec.Containers() {
		order = append(order, c.Name)
	}
	for _, name := range l.order {
		if !slices.Contains(order, name) {
			order = slices.Insert(order, len(l.spec.Init), name)
		}
	}
	l.order, l.mains = order, len(l.spec.Main)
	l.output.Name(order)
	l.countProbes()
	if l.accepted != nil {
		l.accepted()
	}
}

// countProbes counts the probes of the pod.
func (l *loop) countProbes() {
	l.probes = 0
	for _, c := range l.spec.Containers() {
		for _, probe := range []*supervisor.Probe{c.Startup, c.Liveness, c.Readiness} {
			if probe != nil {
				l.probes++
			}
		}
	}
}

// define takes on what a container is from now on.
func (l *loop) define(c *supervisor.Container) {
	if before := l.containers[c.Name]; len(c.Watch) > 0 || before != nil && len(before.Watch) > 0 {
		l.watchAnew()
	}
	l.containers[c.Name] = c
	l.commands[c.Name] = command(&c.Process, l.spec.Forward, l.stdin.Fd())
}

// forgetContainer drops all that is known of a container of which nothing is left.
func (l *loop) forgetContainer(name string) {
	gen := l.gens[name]
	l.order = slices.DeleteFunc(slices.Clone(l.order), func(other string) bool { return other == name })
	if len(l.containers[name].Watch) > 0 {
		l.watchAnew()
	}
	delete(l.containers, name)
	delete(l.commands, name)
	delete(l.latest, name)
	delete(l.processes, name)
	delete(l.owners, name)
	delete(l.emptying, name)
	delete(l.oomKills, name)
	delete(l.traces, name)
	delete(l.codes, name)
	delete(l.gens, name)
	delete(l.numbers, name)
	l.Metrics.Forget(name)
	asked := l.asked[name]
	delete(l.asked, name)
	if asked == nil {
		l.output.Forget(name, gen)
		return
	}
	go func() { // a report still wants the end of its output
		<-asked
		l.output.Forget(name, gen)
	}()
}
