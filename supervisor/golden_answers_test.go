package supervisor_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// exitVerb is exit NAME CODE|SIGNAL [core] [oom] [strays=N] [message=TEXT]: the process
// ends. The message is the rest of the line; TEXT may be N*x for so many x.
func exitVerb(s *stage, words, _ []string) error {
	e := supervisor.Exited{}
	if code, err := strconv.Atoi(words[1]); err == nil {
		e.Status.Code = code
	} else if num, ok := supervisor.ParseSignal(words[1]); ok {
		e.Status.Signal = num
	} else {
		return fmt.Errorf("neither a code nor a signal: %q", words[1])
	}
	for i, word := range words[2:] {
		if first, ok := strings.CutPrefix(word, "message="); ok {
			e.Message = strings.Join(append([]string{first}, words[i+3:]...), " ")
			if n, x, ok := strings.Cut(e.Message, "*"); ok {
				times, _ := strconv.Atoi(n)
				e.Message = strings.Repeat(x, times)
			}
			break
		}
		if word == "core" {
			e.Status.Core = true
		} else if word == "oom" {
			e.OOMKilled = true
		} else if n, err := strconv.Atoi(strings.TrimPrefix(word, "strays=")); err == nil {
			e.Strays = n
		} else {
			return fmt.Errorf("unknown word %q", word)
		}
	}
	return s.exit(words[0], e)
}

// parseAnswer reads ok|fail|unknown [MESSAGE].
func parseAnswer(words []string) (probeAnswer, error) {
	results := map[string]supervisor.ProbeResult{
		"ok": supervisor.ProbeSuccess, "fail": supervisor.ProbeFailure, "unknown": supervisor.ProbeUnknown,
	}
	result, ok := results[words[0]]
	if !ok {
		return probeAnswer{}, fmt.Errorf("neither ok nor fail nor unknown: %q", words[0])
	}
	message := strings.Join(words[1:], " ")
	if message == "" {
		message = "says " + words[0]
	}
	return probeAnswer{result, message}, nil
}

// probeVerb is probe NAME KIND ok|fail|unknown [MESSAGE]: the probe in flight is answered.
func probeVerb(s *stage, words, _ []string) error {
	key := words[0] + " " + words[1]
	number, ok := s.probes[key]
	if !ok {
		return fmt.Errorf("no probe of %s is in flight", key)
	}
	answer, err := parseAnswer(words[2:])
	delete(s.probes, key)
	s.tell(supervisor.Probed{Name: words[0], Kind: supervisor.ProbeKind(words[1]), Number: number, Result: answer.result, Message: answer.message})
	return err
}

// probesVerb is probes NAME KIND ok|fail|unknown|wait [MESSAGE]: all probes of the kind
// are answered so, at once, from now on, or are answered no more.
func probesVerb(s *stage, words, _ []string) error {
	key := words[0] + " " + words[1]
	delete(s.answers, key)
	if words[2] == "wait" {
		return nil
	}
	answer, err := parseAnswer(words[2:])
	s.answers[key] = answer
	return err
}

// hookVerb is hook NAME postStart|preStop|changed done|fails [TEXT]: the hook comes to its end.
func hookVerb(s *stage, words, _ []string) error {
	key := words[0] + " " + words[1]
	gen, ok := s.hooks[key]
	if !ok {
		return fmt.Errorf("no hook %s is under way", key)
	}
	done := supervisor.HookDone{Name: words[0], Gen: gen, Hook: supervisor.HookKind(words[1]), Number: s.numbers[key]}
	switch words[2] {
	case "done":
	case "fails":
		done.Err = strings.Join(words[3:], " ")
	default:
		return fmt.Errorf("neither done nor fails: %q", words[2])
	}
	delete(s.hooks, key)
	s.tell(done)
	return nil
}

// staleVerb tells the machine of something that belongs to the past:
// stale timer KIND NAME GEN, stale spawned NAME GEN PID, stale emptied NAME GEN,
// stale exited PID, stale probed NAME KIND NUMBER, stale hook NAME KIND GEN.
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
	case len(words) == 4 && words[0] == "probed":
		s.tell(supervisor.Probed{Name: words[1], Kind: supervisor.ProbeKind(words[2]), Number: numbers(words[3:])[0], Result: supervisor.ProbeFailure})
	case len(words) == 4 && words[0] == "hook":
		s.tell(supervisor.HookDone{Name: words[1], Hook: supervisor.HookKind(words[2]), Gen: numbers(words[3:])[0], Err: "late"})
	default:
		return fmt.Errorf("cannot read %q", strings.Join(words, " "))
	}
	return nil
}
