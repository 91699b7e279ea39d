package supervisor_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nile-init/nile/supervisor"
)

// TestWalk lives through 10,000 random lives of random pods and checks after each
// step, from outside, that the rules hold which are stated in time: see observer.
//
//	NILE_WALK_LIVES=1000000   so many lives instead
//	NILE_WALK_FIRST=100001    from this one on, so that several walks meet different ones
//	NILE_WALK_SEED=4711       this one life alone, with all that happens in it
func TestWalk(t *testing.T) {
	if os.Getenv("NILE_WALK_SEED") != "" {
		seed := fromEnvironment(t, "NILE_WALK_SEED", 0)
		l := newLife(seed, true)
		problem := l.live()
		t.Logf("life %d\n%s", seed, l.trace.String())
		if problem != "" {
			t.Fatal(problem)
		}
		return
	}
	lives := uint64(10_000)
	if testing.Short() { // too few to have met everything
		lives = 3_000
	}
	lives = fromEnvironment(t, "NILE_WALK_LIVES", lives)
	first := fromEnvironment(t, "NILE_WALK_FIRST", 1)
	met, failed := walk(first, lives)
	if failed != 0 {
		l := newLife(failed, true)
		problem := l.live()
		t.Fatalf("life %d\n%s\n%s\nto see it again: NILE_WALK_SEED=%d go test ./supervisor -run Walk -v", failed, l.trace.String(), problem, failed)
	}
	t.Logf("%d lives from %d on\n%s", lives, first, met)
	if missing := met.missing(); len(missing) > 0 && lives >= 10_000 {
		t.Errorf("never met in %d lives: %s", lives, strings.Join(missing, ", "))
	}
}

// fromEnvironment is the number of a variable of the environment.
func fromEnvironment(t *testing.T, name string, fallback uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		t.Fatalf("cannot read %s=%q: want a number from 1 on", name, text)
	}
	return n
}

// walk lives through n lives from the first on, on all processors. It returns what was
// met, and the number of one found in which a rule was broken, or 0.
func walk(first, n uint64) (coverage, uint64) {
	var lived, failed atomic.Uint64
	var wg sync.WaitGroup
	all := make([]coverage, runtime.GOMAXPROCS(0))
	for i := range all {
		all[i] = coverage{}
		wg.Go(func() {
			for nth := lived.Add(1); nth <= n && failed.Load() == 0; nth = lived.Add(1) {
				seed := first + nth - 1
				l := newLife(seed, false)
				if l.live() != "" {
					failed.CompareAndSwap(0, seed)
				}
				all[i].add(l.observer.met)
			}
		})
	}
	wg.Wait()
	for _, c := range all[1:] {
		all[0].add(c)
	}
	return all[0], failed.Load()
}

// coverage counts how often each state, edge and event was met.
type coverage map[string]int

func (c coverage) add(other coverage) {
	for what, n := range other {
		c[what] += n
	}
}

func (c coverage) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "%10d %s\n", c[what], what)
	}
	return b.String()
}

// missing lists what must be met in every walk of some length: each state, each
// edge that the package comment draws, each kind of event.
func (c coverage) missing() []string {
	var must []string
	for from, edges := range edges {
		must = append(must, "state "+string(from))
		for _, to := range edges {
			must = append(must, fmt.Sprintf("edge %s -> %s", from, to))
		}
	}
	for _, kind := range []supervisor.TimerKind{
		supervisor.TimerRetry, supervisor.TimerBackoff, supervisor.TimerGrace, supervisor.TimerStuck,
		supervisor.TimerEmpty, supervisor.TimerTurn, supervisor.TimerShutdown, supervisor.TimerPreStop,
		supervisor.TimerWaiting, supervisor.TimerAnew, supervisor.TimerYouth,
		supervisor.TimerHold, supervisor.TimerDump, supervisor.TimerEvery, supervisor.TimerNotify, supervisor.TimerWatchdog, supervisor.TimerChanged,
	} {
		must = append(must, "event Fired "+string(kind))
	}
	for kind, results := range probedLabels {
		must = append(must, firedLabel(probeTimer(kind)), firedLabel(timeoutTimer(kind)))
		for _, label := range results {
			must = append(must, label)
		}
	}
	must = append(must, "event HookDone preStop", "event HookDone postStart", "given up preStop", "given up postStart",
		"postStart fails", "killed by liveness", "killed by startup", "hastened hook", "hastened stop",
		"anew", "anew begins", "anew after a back-off", "anew cut by the end", "held up by a hook")
	for verb, refusals := range map[supervisor.Verb][]supervisor.Refusal{
		supervisor.VerbStart:   {supervisor.RefusedUnknown, supervisor.RefusedState, supervisor.RefusedEnding},
		supervisor.VerbStop:    {supervisor.RefusedUnknown, supervisor.RefusedState, supervisor.RefusedEnding},
		supervisor.VerbRestart: {supervisor.RefusedUnknown, supervisor.RefusedState, supervisor.RefusedEnding},
		supervisor.VerbSignal:  {supervisor.RefusedUnknown, supervisor.RefusedState},
		supervisor.VerbRetry:   {supervisor.RefusedUnknown, supervisor.RefusedState, supervisor.RefusedEnding},
		supervisor.VerbRelease: {supervisor.RefusedState, supervisor.RefusedEnding},
	} {
		must = append(must, "command "+string(verb))
		for _, refusal := range refusals {
			must = append(must, fmt.Sprintf("refused %s %s", verb, refusal))
		}
	}
	for _, trigger := range []supervisor.Trigger{supervisor.TriggerExit, supervisor.TriggerStart, supervisor.TriggerStartup, supervisor.TriggerLiveness, supervisor.TriggerPostStart,
		supervisor.TriggerNotify, supervisor.TriggerWatchdog} {
		must = append(must, "captured "+string(trigger))
	}
	must = append(must, "held", "held with strays", "retry succeeds", "released", "end of a hold", "parked", "look", "dump",
		"job is due", "job is skipped", "notified", "notified too late", "extended stop",
		"changed Restart", "changed Signal", "changed Exec", "changed before the start", "changed while kept", "changed while being started",
		"changed while coming to its end", "changed in the back-off", "changed while held", "changed after the end", "changed while stopped",
		"changed without room", "changed before its turn", "changed while the pod ends", "changed while all start anew",
		"back-off cut short", "event HookDone changed", "given up changed",
		"dump is cut short", "started by hand later")
	must = append(must, "waits for a dependency", "taken along", "takes along in order", "needed at the end", "event PeerChanged",
		"event PeersEnded", "ends, as the rest can never start")
	for _, event := range []string{"Boot", "Spawned", "Spawned temporary", "Spawned failure", "Exited", "Exited strays", "Emptied", "Orphan", "Signal", "stale"} {
		must = append(must, "event "+event)
	}
	must = append(must, "reload", "reloaded: taken on", "reloaded: kept for later", "reloaded: replaced", "reloaded: afresh", "reloaded: along",
		"removed while held", "removed while it runs", "removed at once", "forgotten",
		"refused reload spec", "refused reload state", "refused reload ending")
	slices.Sort(must)
	return slices.DeleteFunc(must, func(what string) bool { return c[what] > 0 })
}

// edges are the edges of the state model in the package comment.
var edges = map[supervisor.State][]supervisor.State{
	supervisor.Waiting:    {supervisor.Starting, supervisor.Stopped, supervisor.Removed},
	supervisor.Starting:   {supervisor.Running, supervisor.Retrying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Retrying:   {supervisor.Starting, supervisor.Waiting, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Removed},
	supervisor.Running:    {supervisor.Stopping, supervisor.Killing, supervisor.Emptying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Stopping:   {supervisor.Killing, supervisor.Emptying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Killing:    {supervisor.Emptying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Emptying:   {supervisor.BackingOff, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.BackingOff: {supervisor.Starting, supervisor.Stopped, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Held:       {supervisor.Starting, supervisor.Emptying, supervisor.BackingOff, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Stopped:    {supervisor.Starting, supervisor.Completed, supervisor.Failed, supervisor.Waiting, supervisor.Removed},
	supervisor.Completed:  {supervisor.Starting, supervisor.Waiting, supervisor.Removed},
	supervisor.Failed:     {supervisor.Starting, supervisor.Waiting, supervisor.Removed},
}
