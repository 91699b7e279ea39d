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
	machine *supervisor.Machine
	now     time.Duration // since the beginning
	pid     int           // the last one given out
	running map[string]int
	gens    map[string]int // of the latest Spawn or KillStrays, by container
	timers  []armed        // the earliest first
	faults  map[string]*fault
	waiting map[string]bool // spawns of these are not answered at once
	queue   []supervisor.Event
	out     []string
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
			s.print("  (that timer was not armed)")
		}
	case supervisor.Kill, supervisor.Suspend, supervisor.Note, supervisor.Exit:
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

// status prints a snapshot.
func (s *stage) status() {
	snapshot := s.machine.Snapshot()
	s.print("pod %s", snapshot.State)
	for _, c := range snapshot.Containers {
		line := fmt.Sprintf("%s %s: %s", c.Role, c.Name, c.State)
		if c.PID != 0 {
			line += fmt.Sprintf(", pid %d", c.PID)
		}
		line += fmt.Sprintf(", restarts %d, generation %d", c.Restarts, c.Gen)
		if c.Last != nil {
			line += fmt.Sprintf(", last %s %s", c.Last.Reason, c.Last.Status)
			if c.Last.Asked {
				line += " (asked to)"
			}
		}
		s.print("  %s", line)
	}
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
	if words[0] != "pod" && len(lines) > 1 {
		return "", fmt.Errorf("cannot read %q: %s takes no lines", lines[1], words[0])
	}
	if len(words)-1 < verb.words {
		return "", fmt.Errorf("%s takes %d words at least", words[0], verb.words)
	}
	if err := verb.do(s, words[1:], lines[1:]); err != nil {
		return "", err
	}
	if len(s.out) == 0 {
		return "(nothing)", nil
	}
	return strings.Join(s.out, "\n"), nil
}

// renderAction is an action as a line of a script.
func renderAction(action supervisor.Action) string {
	switch a := action.(type) {
	case supervisor.Spawn:
		return fmt.Sprintf("  spawn %s#%d", a.Name, a.Gen)
	case supervisor.Kill:
		return fmt.Sprintf("  kill %s %d with %s (%s)", a.Name, a.PID, supervisor.SignalName(a.Signal), a.Scope)
	case supervisor.KillStrays:
		return renderKillStrays(a)
	case supervisor.Suspend:
		return "  suspend nile itself"
	case supervisor.Arm:
		return fmt.Sprintf("  arm %s for %s", renderTimer(a.Timer), a.After)
	case supervisor.Disarm:
		return fmt.Sprintf("  disarm %s", renderTimer(a.Timer))
	case supervisor.Exit:
		return fmt.Sprintf("  exit %d: %s", a.Code, a.Message)
	case supervisor.Note:
		return renderNote(a)
	}
	return fmt.Sprintf("  unknown action %T", action)
}

func renderKillStrays(a supervisor.KillStrays) string {
	what := fmt.Sprintf("what %s#%d left behind", a.Name, a.Gen)
	if a.Scope == supervisor.ScopeGroup {
		what = fmt.Sprintf("the group of %s#%d", a.Name, a.Gen)
	}
	if a.Signal == 0 {
		return "  wait for " + what
	}
	return fmt.Sprintf("  kill %s with %s", what, supervisor.SignalName(a.Signal))
}

// renderNote leaves out what is the rule: a level of debug or info.
func renderNote(n supervisor.Note) string {
	line := n.Name
	if line == "" {
		line = "pod"
	}
	if n.Level == supervisor.LevelWarn || n.Level == supervisor.LevelError {
		line = strings.ToUpper(string(n.Level)) + " " + line
	}
	switch {
	case n.From == "" && n.To == "":
	case n.From == n.To:
		line += " " + n.To
	default:
		line += fmt.Sprintf(" %s -> %s", n.From, n.To)
	}
	line += ": " + n.Why
	if n.To == string(supervisor.Running) && n.PID != 0 {
		line += fmt.Sprintf(", pid %d", n.PID)
	}
	return line
}

func renderTimer(t supervisor.Timer) string {
	if t.Name == "" {
		return fmt.Sprintf("%s of the pod", t.Kind)
	}
	if t.Signal != 0 {
		return fmt.Sprintf("%s of %s for %s#%d", t.Kind, supervisor.SignalName(t.Signal), t.Name, t.Gen)
	}
	return fmt.Sprintf("%s of %s#%d", t.Kind, t.Name, t.Gen)
}
