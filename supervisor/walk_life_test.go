package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// A life is so many events of chaos at the most, and so many until its end.
const (
	chaos  = 160
	longer = 4000
)

// life is one random life: a pod, a host, and somebody who watches the two.
type life struct {
	rng      *rand.Rand
	others   *rand.Rand // for dependencies and other niles, so that the rest stays as it is
	spec     supervisor.Spec
	machine  *supervisor.Machine
	host     *host
	observer *observer
	exited   bool
	obeyed   bool   // there is an operator who gives commands
	reloaded bool   // and one who changes the manifest
	commands uint64 // how many there were
	trace    strings.Builder
	tracing  bool
}

func newLife(seed uint64, tracing bool) *life {
	rng := rand.New(rand.NewPCG(seed, 0))
	l := &life{rng: rng, others: rand.New(rand.NewPCG(seed, 1)), spec: randomSpec(rng), tracing: tracing}
	addDependencies(l.others, &l.spec)
	addJob(l.others, &l.spec)
	l.machine = supervisor.New(l.spec)
	l.host = newHost(rng, &l.spec)
	l.obeyed, l.reloaded = chance(rng, 50), chance(rng, 40)
	l.observer = newObserver(&l.spec, l.host.lateness)
	return l
}

// live lives through the life and says which rule was broken, or nothing.
func (l *life) live() (problem string) {
	defer func() {
		if p := recover(); p != nil {
			problem = fmt.Sprintf("the machine panics: %v", p)
		}
	}()
	if l.tracing {
		fmt.Fprintf(&l.trace, "%+v\n", l.spec)
	}
	l.tell(supervisor.Boot{}, false)
	for range oneOf(l.rng, l.rng.IntN(10), l.rng.IntN(chaos), chaos) {
		if l.over() {
			return l.epilogue()
		}
		l.disturb()
		event, ok := l.host.next()
		if !ok && l.obeyed && l.observer.holding() {
			event, ok = l.order(), true // nobody else will do anything any more
		}
		if !ok {
			break
		}
		l.tell(event, false)
	}
	return l.finish()
}

// over tells whether there is nothing more to see.
func (l *life) over() bool { return l.exited || l.observer.problem != "" }

// disturb sometimes tells of what is long over, which must change nothing.
func (l *life) disturb() {
	if chance(l.rng, 10) {
		if event := l.host.stale(); event != nil {
			l.tell(event, true)
		}
	}
	if l.obeyed && chance(l.rng, 8) || l.obeyed && l.observer.holding() && chance(l.rng, 30) {
		l.tell(l.order(), false)
	}
	if l.obeyed && l.observer.anew != nil && l.observer.holding() && chance(l.rng, 70) {
		l.commands++ // both at once are rare
		l.tell(supervisor.Command{ID: l.commands, Verb: supervisor.VerbRelease}, false)
	}
	if l.reloaded && chance(l.rng, 8) {
		l.tell(l.reload(), false)
	}
	for _, c := range l.observer.all {
		for i := range c.spec.Watch {
			if l.observer.holding() && (c.kept || chance(l.rng, 10)) {
				l.tell(supervisor.Changed{Name: c.spec.Name, Watch: i, Path: "/late"}, false)
			}
		}
	}
	l.disturbPeers()
	if chance(l.rng, 2) {
		l.tell(supervisor.Orphan{PID: 9999, Command: "sleep", Status: supervisor.Status{Code: 1}}, false)
	}
}

// finish lets everybody do as told, asks for the end, and sees whether it comes.
func (l *life) finish() string {
	l.host.cooperate()
	l.tell(supervisor.Signal{Num: l.askingSignal()}, false)
	for range longer {
		if l.over() {
			return l.epilogue()
		}
		event, ok := l.host.next()
		if !ok {
			return fmt.Sprintf("%s: the end never comes: the operator has asked for it, and nothing will ever happen", l.host.now)
		}
		l.tell(event, false)
	}
	if l.over() {
		return l.epilogue()
	}
	return fmt.Sprintf("%s: the end never comes: %d events after the operator asked for it", l.host.now, longer)
}

// askingSignal is a signal that asks the pod to end, after rewriting.
func (l *life) askingSignal() int {
	for _, num := range []int{15, 2} {
		to, rewritten := l.observer.spec.Signals[num]
		if !rewritten || to == 15 || to == 2 {
			return num
		}
	}
	panic("the pod cannot be asked to end")
}

// beginsHold tells whether actions begin a hold.
func beginsHold(actions []supervisor.Action) bool {
	return slices.ContainsFunc(actions, func(action supervisor.Action) bool {
		note, ok := action.(supervisor.Note)
		return ok && note.Name != "" && note.To == string(supervisor.Held) && note.From != note.To
	})
}

// epilogue makes sure that nothing comes after the end.
func (l *life) epilogue() string {
	if l.observer.problem != "" {
		return l.observer.problem
	}
	for _, event := range []supervisor.Event{supervisor.Signal{Num: 15}, supervisor.Command{ID: 1, Verb: supervisor.VerbRelease}, supervisor.Boot{}, supervisor.Exited{PID: 101}} {
		if actions := l.machine.Step(epoch.Add(l.host.now), event); len(actions) > 0 {
			return fmt.Sprintf("%s: after Exit, %T is answered by %v", l.host.now, event, actions)
		}
	}
	return ""
}

// tell gives the machine an event, shows the observer what came of it, and lets
// the host carry it out.
func (l *life) tell(event supervisor.Event, stale bool) {
	if l.over() {
		return
	}
	l.log("%s: %T%+v stale=%v", l.host.now, event, event, stale)
	exited, ended := event.(supervisor.Exited)
	foretold := ended && l.machine.Holds(epoch.Add(l.host.now), exited.PID, exited.Status)
	actions := l.machine.Step(epoch.Add(l.host.now), event)
	// What the OOM killer has done to an init container whose code is 0 is not foretold.
	if ended && foretold != beginsHold(actions) && (foretold || exited.Status.ExitCode() != 0) {
		l.observer.fail("it was foretold that the end is held: %v", foretold)
	}
	for _, action := range actions {
		l.log("    %s", renderAction(action))
	}
	if stale {
		l.observer.stale(event, actions)
		return
	}
	l.observer.step(l.host.now, event, actions)
	if l.observer.problem == "" && chance(l.rng, 5) {
		l.observer.compare(l.machine.Snapshot())
		l.observer.compareStatus(l.machine.Snapshot().Status())
	}
	for _, action := range actions {
		l.host.do(action)
		if _, ok := action.(supervisor.Exit); ok {
			l.exited = true
		}
	}
}

func (l *life) log(format string, args ...any) {
	if l.tracing {
		fmt.Fprintf(&l.trace, format+"\n", args...)
	}
}

// actionsOf are the actions of a life that was traced, as text.
func actionsOf(l *life) []string {
	var out []string
	for line := range strings.Lines(l.trace.String()) {
		if strings.HasPrefix(line, "    ") {
			out = append(out, line)
		}
	}
	return out
}
