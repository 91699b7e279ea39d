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
	// podstatus: the status in the words of the Pod API.
	"podstatus": {0, func(s *stage, _, _ []string) error { s.podStatus(); return nil }},
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
	"exit":  {2, exitVerb},
	"start": commandVerb(supervisor.VerbStart), "stop": commandVerb(supervisor.VerbStop),
	"restart": commandVerb(supervisor.VerbRestart), "send": commandVerb(supervisor.VerbSignal),
	"retry": commandVerb(supervisor.VerbRetry), "release": commandVerb(supervisor.VerbRelease),
	"reload": {0, reloadVerb},
	"dance":  commandVerb("dance"), // no verb at all
	// emptied NAME: the last process that it left behind is gone.
	"emptied": {1, func(s *stage, words, _ []string) error {
		s.tell(supervisor.Emptied{Name: words[0], Gen: s.gens[words[0]]})
		return nil
	}},
	"spawn-fails": {2, spawnFailsVerb},
	"peer":        {1, peerVerb},
	// peers-ended REASON: the niles have ended with which this one is to end.
	"peers-ended": {1, func(s *stage, words, _ []string) error {
		s.tell(supervisor.PeersEnded{Why: strings.Join(words, " ")})
		return nil
	}},
	// spawn-waits NAME: its spawns are not answered before the next answer.
	"spawn-waits": {1, func(s *stage, words, _ []string) error { s.waiting[words[0]] = true; return nil }},
	"answer": {1, func(s *stage, words, _ []string) error {
		delete(s.waiting, words[0])
		s.tell(s.answer(words[0]))
		return nil
	}},
	"stale":   {2, staleVerb},
	"probe":   {3, probeVerb},
	"probes":  {3, probesVerb},
	"hook":    {3, hookVerb},
	"notify":  {2, notifyVerb},
	"changed": {3, changedVerb},
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

// peerVerb is peer NILE/CONTAINER [started] [ready] [completed] [run=ID] [is TROUBLE]: what
// another nile tells.
func peerVerb(s *stage, words, _ []string) error {
	e := supervisor.PeerChanged{Name: words[0]}
	for i, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "started":
			e.Peer.Started = true
		case "ready":
			e.Peer.Ready = true
		case "completed":
			e.Peer.Completed = true
		case "run":
			e.Peer.Run = value
		case "is", "has":
			e.Peer.Trouble = strings.Join(words[1+i:], " ")
			s.tell(e)
			return nil
		default:
			return fmt.Errorf("unknown word %q", word)
		}
	}
	s.tell(e)
	return nil
}
