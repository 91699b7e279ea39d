package supervisor_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// stage is where a script is played: it holds a machine, a clock that only the
// script moves, the timers, and a system that starts every process at once where
// the script says nothing else.
type stage struct {
	machine  *supervisor.Machine
	now      time.Duration // since the beginning
	pid      int           // the last one given out
	running  map[string]int
	gens     map[string]int // of the latest Spawn or KillStrays, by container
	timers   []armed        // the earliest first
	faults   map[string]*fault
	waiting  map[string]bool // spawns of these are not answered at once
	probes   map[string]int  // the numbers of those in flight, by container and kind
	answers  map[string]probeAnswer
	hooks    map[string]int // the generations of those under way, by container and kind
	numbers  map[string]int // the same, their numbers
	commands uint64         // how many there were
	queue    []supervisor.Event
	out      []string
	problem  string // what the machine must never do
}

// probeAnswer is what a probe finds.
type probeAnswer struct {
	result  supervisor.ProbeResult
	message string
}

// armed is a timer and when it is due.
type armed struct {
	timer supervisor.Timer
	at    time.Duration
}

// fault is a failure to start a process, so many times.
type fault struct {
	failure supervisor.StartFailure
	times   int
}

// epoch is the time 0 of every test.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newStage() *stage {
	return &stage{
		pid: 100, running: map[string]int{}, gens: map[string]int{},
		faults: map[string]*fault{}, waiting: map[string]bool{},
		probes: map[string]int{}, answers: map[string]probeAnswer{}, hooks: map[string]int{}, numbers: map[string]int{},
	}
}

// tell gives the machine an event, and then the answers to its spawns.
func (s *stage) tell(event supervisor.Event) {
	s.queue = append(s.queue, event)
	for len(s.queue) > 0 {
		event, s.queue = s.queue[0], s.queue[1:]
		for _, action := range s.machine.Step(epoch.Add(s.now), event) {
			s.print("%s", renderAction(action))
			s.do(action)
		}
	}
}

func (s *stage) print(format string, args ...any) {
	s.out = append(s.out, fmt.Sprintf("%s %s", s.now, fmt.Sprintf(format, args...)))
}

func (s *stage) do(action supervisor.Action) {
	switch a := action.(type) {
	case supervisor.Spawn:
		s.gens[a.Name] = a.Gen
		if !s.waiting[a.Name] {
			s.queue = append(s.queue, s.answer(a.Name))
		}
	case supervisor.KillStrays:
		s.gens[a.Name] = a.Gen
	case supervisor.Arm:
		s.disarm(a.Timer)
		at := s.now + a.After
		i := 0
		for i < len(s.timers) && s.timers[i].at <= at {
			i++
		}
		s.timers = append(s.timers[:i], append([]armed{{a.Timer, at}}, s.timers[i:]...)...)
	case supervisor.Disarm:
		if !s.disarm(a.Timer) {
			s.problem = fmt.Sprintf("%s is disarmed and was not armed", renderTimer(a.Timer))
		}
	case supervisor.StartProbe, supervisor.StopProbe, supervisor.RunHook, supervisor.StopHook:
		s.errand(a)
	case supervisor.Kill, supervisor.Suspend, supervisor.Note, supervisor.Exit,
		supervisor.Reply, supervisor.Capture, supervisor.Look,
		supervisor.Reloaded, supervisor.Define, supervisor.Forget:
	}
}

// errand takes note of a probe or hook that is to be begun or given up.
func (s *stage) errand(action supervisor.Action) {
	switch a := action.(type) {
	case supervisor.StartProbe:
		key := a.Name + " " + string(a.Kind)
		if _, ok := s.probes[key]; ok {
			s.problem = fmt.Sprintf("two probes of %s at a time", key)
		}
		s.probes[key] = a.Number
		if answer, ok := s.answers[key]; ok {
			delete(s.probes, key)
			s.queue = append(s.queue, supervisor.Probed{Name: a.Name, Kind: a.Kind, Number: a.Number, Result: answer.result, Message: answer.message})
		}
	case supervisor.StopProbe:
		key := a.Name + " " + string(a.Kind)
		if s.probes[key] != a.Number {
			s.problem = fmt.Sprintf("probe %d of %s is given up and not under way", a.Number, key)
		}
		delete(s.probes, key)
	case supervisor.RunHook:
		key := a.Name + " " + string(a.Hook)
		if _, ok := s.hooks[key]; ok {
			s.problem = fmt.Sprintf("hook %s is run twice at a time", key)
		}
		s.hooks[key], s.numbers[key] = a.Gen, a.Number
	case supervisor.StopHook:
		key := a.Name + " " + string(a.Hook)
		if _, ok := s.hooks[key]; !ok {
			s.problem = fmt.Sprintf("hook %s is given up and not under way", key)
		}
		delete(s.hooks, key)
	}
}

// answer is what becomes of the latest spawn of a container.
func (s *stage) answer(name string) supervisor.Event {
	if f := s.faults[name]; f != nil && f.times > 0 {
		f.times--
		failure := f.failure
		return supervisor.Spawned{Name: name, Gen: s.gens[name], Failure: &failure}
	}
	s.pid++
	s.running[name] = s.pid
	return supervisor.Spawned{Name: name, Gen: s.gens[name], PID: s.pid}
}

func (s *stage) disarm(timer supervisor.Timer) bool {
	for i, t := range s.timers {
		if t.timer.Kind == timer.Kind && t.timer.Name == timer.Name && t.timer.Signal == timer.Signal {
			s.timers = append(s.timers[:i], s.timers[i+1:]...)
			return true
		}
	}
	return false
}

// advance moves the clock and lets each timer run out exactly when it is due.
func (s *stage) advance(by time.Duration) {
	end := s.now + by
	for len(s.timers) > 0 && s.timers[0].at <= end {
		timer := s.timers[0]
		s.timers = s.timers[1:]
		s.now = timer.at
		s.print("timer %s", renderTimer(timer.timer))
		s.tell(supervisor.Fired{Timer: timer.timer})
	}
	s.now = end
}

// exit lets the process of a container end.
func (s *stage) exit(name string, e supervisor.Exited) error {
	pid, ok := s.running[name]
	if !ok {
		return fmt.Errorf("no process of %s runs", name)
	}
	delete(s.running, name)
	e.PID = pid
	s.tell(e)
	return nil
}

// play carries out one command of a script and returns what came of it.
func (s *stage) play(lines []string) (string, error) {
	s.out = nil
	words := strings.Fields(lines[0])
	verb, ok := verbs[words[0]]
	if !ok {
		return "", fmt.Errorf("unknown command %q", words[0])
	}
	if words[0] != "pod" && s.machine == nil {
		return "", errors.New("there is no pod yet")
	}
	if words[0] != "pod" && words[0] != "reload" && len(lines) > 1 {
		return "", fmt.Errorf("cannot read %q: %s takes no lines", lines[1], words[0])
	}
	if len(words)-1 < verb.words {
		return "", fmt.Errorf("%s takes %d words at least", words[0], verb.words)
	}
	if err := verb.do(s, words[1:], lines[1:]); err != nil {
		return "", err
	}
	s.advance(0) // timers that are armed for now, such as those of first probes
	if s.problem != "" {
		return "", fmt.Errorf("%s:\n%s", s.problem, strings.Join(s.out, "\n"))
	}
	if len(s.out) == 0 {
		return "(nothing)", nil
	}
	return strings.Join(s.out, "\n"), nil
}
