package supervisor_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// never is later than every life ends.
const never = time.Duration(1 << 60)

// host is a made-up operating system with the worst of manners: starts fail, are
// answered late or twice, processes end when they like, ignore signals, leave
// strays, do not die of SIGKILL, timers run late.
type host struct {
	rng      *rand.Rand
	now      time.Duration
	lastPID  int
	procs    []*process
	strays   []*strays
	answers  []happening
	signals  []happening
	changes  []happening
	timers   []armed
	lateness time.Duration            // how late a timer may run
	noRoom   map[string]time.Duration // no process can be started until then
	probes   map[string]*rightness    // by container and kind: how probes find it
	notify   map[string]supervisor.NotifyKind
	gone     []supervisor.Event // what has been told, to be told again
}

// happening is an event and when it happens.
type happening struct {
	at    time.Duration
	event supervisor.Event
}

func newHost(rng *rand.Rand, spec *supervisor.Spec) *host {
	h := &host{rng: rng, noRoom: map[string]time.Duration{}, probes: map[string]*rightness{}, notify: map[string]supervisor.NotifyKind{}, lastPID: 100}
	for _, c := range slices.Concat(spec.Init, spec.Main) {
		h.notify[c.Name] = c.Notify.Kind
	}
	if chance(rng, 20) {
		h.lateness = upTo(rng, 3*time.Second)
	}
	horizon := oneOf(rng, time.Second, 10*time.Second, 100*time.Second, 1000*time.Second, 5000*time.Second)
	for range rng.IntN(5) {
		at := upTo(rng, horizon)
		num := oneOf(rng, 15, 15, 15, 2, 1, 10, 12, 28, 37)
		h.signals = append(h.signals, happening{at, supervisor.Signal{Num: num}})
		if chance(rng, 30) {
			h.signals = append(h.signals, happening{at + upTo(rng, 5*time.Second), supervisor.Signal{Num: oneOf(rng, 15, 2, num)}})
		}
	}
	for _, c := range slices.Concat(spec.Init, spec.Main) {
		h.change(&c, min(horizon, 100*time.Second))
	}
	return h
}

// do carries out an action.
func (h *host) do(action supervisor.Action) {
	switch a := action.(type) {
	case supervisor.Spawn:
		h.spawn(a)
	case supervisor.Kill:
		for _, p := range h.procs {
			if p.pid == a.PID {
				h.hit(p, a.Signal)
			}
		}
	case supervisor.KillStrays:
		for _, s := range h.strays {
			if s.name != a.Name {
				continue
			}
			s.gen = a.Gen
			if a.Signal == 9 {
				s.endsAt = min(s.endsAt, later(h.now, s.onKill))
			} else {
				s.endsAt = min(s.endsAt, later(h.now, s.onTerm))
			}
		}
	case supervisor.StartProbe:
		h.probe(a)
	case supervisor.StopProbe:
		h.drop(func(e supervisor.Event) bool {
			p, ok := e.(supervisor.Probed)
			return ok && p.Name == a.Name && p.Kind == a.Kind
		})
	case supervisor.RunHook:
		h.hook(a)
	case supervisor.StopHook:
		h.drop(func(e supervisor.Event) bool {
			d, ok := e.(supervisor.HookDone)
			return ok && d.Name == a.Name && d.Hook == a.Hook
		})
	case supervisor.Arm:
		h.disarm(a.Timer)
		h.timers = append(h.timers, armed{a.Timer, h.now + a.After + upTo(h.rng, h.lateness)})
	case supervisor.Disarm:
		h.disarm(a.Timer)
	case supervisor.Note, supervisor.Exit, supervisor.Reply, supervisor.Capture, supervisor.Look,
		supervisor.Reloaded, supervisor.Forget:
	case supervisor.Define:
		h.notify[a.Container.Name] = a.Container.Notify.Kind
	}
}

func later(now, after time.Duration) time.Duration {
	if after == never {
		return never
	}
	return now + after
}

func (h *host) disarm(timer supervisor.Timer) {
	for i, t := range h.timers {
		if t.timer.Kind == timer.Kind && t.timer.Name == timer.Name {
			h.tellAgain(supervisor.Fired{Timer: t.timer})
			h.timers = append(h.timers[:i], h.timers[i+1:]...)
			return
		}
	}
}

// spawn decides what becomes of a start.
func (h *host) spawn(a supervisor.Spawn) {
	answer := supervisor.Spawned{Name: a.Name, Gen: a.Gen}
	delay := time.Duration(0)
	if chance(h.rng, 10) {
		delay = upTo(h.rng, 2*time.Second)
	}
	switch {
	case h.noRoom[a.Name] > h.now || chance(h.rng, 6):
		if h.noRoom[a.Name] <= h.now {
			h.noRoom[a.Name] = h.now + upTo(h.rng, 20*time.Second)
		}
		answer.Failure = &supervisor.StartFailure{Message: "cannot start: no room", Code: 125, Temporary: true}
	case chance(h.rng, 6):
		answer.Failure = &supervisor.StartFailure{Message: "cannot start: no such file", Code: oneOf(h.rng, 126, 127)}
	default:
		answer.PID = h.newPID()
		h.procs = append(h.procs, h.fate(a.Name, answer.PID, delay))
		h.speak(a.Name, a.Gen, h.now+delay)
		// What the run before left behind and nobody could end is not this one's.
		h.forgetStrays(a.Name)
	}
	h.answers = append(h.answers, happening{h.now + delay, answer})
}

// newPID is often a number that another process had before.
func (h *host) newPID() int {
	if chance(h.rng, 70) {
		h.lastPID = 100 + h.rng.IntN(20)
	}
	for h.taken(h.lastPID) {
		h.lastPID++
	}
	return h.lastPID
}

func (h *host) taken(pid int) bool {
	for _, p := range h.procs {
		if p.pid == pid {
			return true
		}
	}
	return false
}

// next takes the next event out. Of those that happen at the same time it takes
// any. It tells whether there was one.
func (h *host) next() (supervisor.Event, bool) {
	best, count := never, 0
	var take func() supervisor.Event
	offer := func(at time.Duration, f func() supervisor.Event) {
		at = max(at, h.now)
		if at > best || at >= never {
			return
		}
		if at < best {
			best, count = at, 0
		}
		count++
		if h.rng.IntN(count) == 0 {
			take = f
		}
	}
	for i, s := range h.answers {
		offer(s.at, func() supervisor.Event { h.answers = remove(h.answers, i); return s.event })
	}
	for i, s := range h.signals {
		offer(s.at, func() supervisor.Event { h.signals = remove(h.signals, i); return s.event })
	}
	for i, c := range h.changes {
		offer(c.at, func() supervisor.Event { h.changes = remove(h.changes, i); return c.event })
	}
	for i, t := range h.timers {
		offer(t.at, func() supervisor.Event { h.timers = remove(h.timers, i); return supervisor.Fired{Timer: t.timer} })
	}
	for i, p := range h.procs {
		if h.answered(p) {
			offer(p.endsAt, func() supervisor.Event { h.procs = remove(h.procs, i); return h.end(p) })
		}
	}
	for i, s := range h.strays {
		offer(s.endsAt, func() supervisor.Event {
			h.strays = remove(h.strays, i)
			return supervisor.Emptied{Name: s.name, Gen: s.gen}
		})
	}
	if take == nil {
		return nil, false
	}
	h.now = best
	event := take()
	h.tellAgain(event)
	return event, true
}

// answered tells whether the machine knows of a process yet: its start is told
// before its end.
func (h *host) answered(p *process) bool {
	for _, a := range h.answers {
		if s, ok := a.event.(supervisor.Spawned); ok && s.PID == p.pid {
			return false
		}
	}
	return true
}

func remove[T any](list []T, i int) []T { return append(list[:i], list[i+1:]...) }

// tellAgain remembers an event that could be told once more, too late.
func (h *host) tellAgain(event supervisor.Event) {
	switch event.(type) {
	case supervisor.Fired, supervisor.Spawned, supervisor.Exited, supervisor.Emptied, supervisor.Probed, supervisor.HookDone:
		if len(h.gone) < 16 {
			h.gone = append(h.gone, event)
		} else {
			h.gone[h.rng.IntN(16)] = event
		}
	}
}

// stale is an event that was told before, or was overtaken before it could be, and
// means nothing any more. It is nil where there is none.
func (h *host) stale() supervisor.Event {
	if len(h.gone) == 0 {
		return nil
	}
	event := h.gone[h.rng.IntN(len(h.gone))]
	switch e := event.(type) {
	case supervisor.Fired:
		for _, t := range h.timers {
			if t.timer == e.Timer {
				return nil // armed again, for the same generation
			}
		}
	case supervisor.Exited:
		if h.taken(e.PID) {
			return nil
		}
	case supervisor.Emptied:
		for _, s := range h.strays {
			if s.name == e.Name && s.gen == e.Gen {
				return nil
			}
		}
	}
	return event
}
