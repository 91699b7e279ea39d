package supervisor_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// verb is a command of a script. It gets the words after the command, so many at
// least, and the indented lines below it.
type verb struct {
	words int
	do    func(s *stage, words, lines []string) error
}

// verbs are the commands.
var verbs = map[string]verb{
	// pod: the pod to play with, see parsePod.
	"pod": {0, func(s *stage, _, lines []string) error {
		spec, err := parsePod(lines)
		if err != nil {
			return err
		}
		*s = *newStage()
		s.machine = supervisor.New(spec)
		s.out = []string{"ok"}
		return nil
	}},
	"boot":   {0, func(s *stage, _, _ []string) error { s.tell(supervisor.Boot{}); return nil }},
	"status": {0, func(s *stage, _, _ []string) error { s.status(); return nil }},
	// advance 10s: let time pass.
	"advance": {1, func(s *stage, words, _ []string) error {
		d, err := time.ParseDuration(strings.Join(words, " "))
		s.advance(d)
		return err
	}},
	// signal TERM: nile is sent a signal.
	"signal": {1, func(s *stage, words, _ []string) error {
		num, ok := supervisor.ParseSignal(strings.Join(words, " "))
		if !ok {
			return errors.New("no such signal")
		}
		s.tell(supervisor.Signal{Num: num})
		return nil
	}},
	"exit": {2, exitVerb},
	// emptied NAME: the last process that it left behind is gone.
	"emptied": {1, func(s *stage, words, _ []string) error {
		s.tell(supervisor.Emptied{Name: words[0], Gen: s.gens[words[0]]})
		return nil
	}},
	"spawn-fails": {2, spawnFailsVerb},
	// spawn-waits NAME: its spawns are not answered before the next answer.
	"spawn-waits": {1, func(s *stage, words, _ []string) error { s.waiting[words[0]] = true; return nil }},
	"answer": {1, func(s *stage, words, _ []string) error {
		delete(s.waiting, words[0])
		s.tell(s.answer(words[0]))
		return nil
	}},
	"stale": {2, staleVerb},
	// orphan PID COMMAND [of NAME]: an adopted process was reaped.
	"orphan": {2, func(s *stage, words, _ []string) error {
		pid, err := strconv.Atoi(words[0])
		orphan := supervisor.Orphan{PID: pid, Command: words[1]}
		if len(words) > 3 {
			orphan.Name, orphan.LostParent = words[3], "sh"
		}
		s.tell(orphan)
		return err
	}},
}

// exitVerb is exit NAME CODE|SIGNAL [core] [oom] [strays=N]: the process ends.
func exitVerb(s *stage, words, _ []string) error {
	var status supervisor.Status
	strays, oom := 0, false
	if code, err := strconv.Atoi(words[1]); err == nil {
		status.Code = code
	} else if num, ok := supervisor.ParseSignal(words[1]); ok {
		status.Signal = num
	} else {
		return fmt.Errorf("neither a code nor a signal: %q", words[1])
	}
	for _, word := range words[2:] {
		if word == "core" {
			status.Core = true
		} else if word == "oom" {
			oom = true
		} else if n, err := strconv.Atoi(strings.TrimPrefix(word, "strays=")); err == nil {
			strays = n
		} else {
			return fmt.Errorf("unknown word %q", word)
		}
	}
	return s.exit(words[0], supervisor.Exited{Status: status, Strays: strays, OOMKilled: oom})
}

// spawnFailsVerb is spawn-fails NAME temporary|notfound|notexec [TIMES].
func spawnFailsVerb(s *stage, words, _ []string) error {
	failures := map[string]supervisor.StartFailure{
		"temporary": {Message: "cannot start /bin/app: resource temporarily unavailable", Code: 125, Temporary: true},
		"notfound":  {Message: "cannot start /bin/app: no such file or directory", Code: 127},
		"notexec":   {Message: "cannot start /bin/app: permission denied", Code: 126},
	}
	failure, ok := failures[words[1]]
	if !ok {
		return fmt.Errorf("unknown reason %q", words[1])
	}
	times := 1
	if len(words) > 2 {
		var err error
		if times, err = strconv.Atoi(words[2]); err != nil {
			return err
		}
	}
	s.faults[words[0]] = &fault{failure, times}
	return nil
}

// staleVerb tells the machine of something that belongs to the past:
// stale timer KIND NAME GEN, stale spawned NAME GEN PID, stale emptied NAME GEN,
// stale exited PID.
func staleVerb(s *stage, words, _ []string) error {
	numbers := func(words []string) []int {
		var out []int
		for _, w := range words {
			n, _ := strconv.Atoi(w)
			out = append(out, n)
		}
		return out
	}
	switch {
	case len(words) == 4 && words[0] == "timer":
		s.tell(supervisor.Fired{Timer: supervisor.Timer{Kind: supervisor.TimerKind(words[1]), Name: words[2], Gen: numbers(words[3:])[0]}})
	case len(words) == 4 && words[0] == "spawned":
		n := numbers(words[2:])
		s.tell(supervisor.Spawned{Name: words[1], Gen: n[0], PID: n[1]})
	case len(words) == 3 && words[0] == "emptied":
		s.tell(supervisor.Emptied{Name: words[1], Gen: numbers(words[2:])[0]})
	case len(words) == 2 && words[0] == "exited":
		s.tell(supervisor.Exited{PID: numbers(words[1:])[0]})
	default:
		return fmt.Errorf("cannot read %q", strings.Join(words, " "))
	}
	return nil
}
