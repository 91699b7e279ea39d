package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/standin"
	"github.com/nile-init/nile/supervisor"
)

// answersValue is the flag --hold-answers: PORT or PORT/PATH.
type answersValue []standin.Answer

func (a *answersValue) flag(set *pflag.FlagSet) {
	set.Var(a, "hold-answers", "while the pod is held, answer PORT in the program's place: PORT/PATH with 200, all else with 503 and the cause, so that probes do not end the hold; repeatable, in place of the manifest's")
}

func (a *answersValue) Set(list string) error {
	return each(list, func(text string) error {
		number, path, hasPath := strings.Cut(text, "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil || port == 0 {
			return fmt.Errorf("cannot read %q: write PORT/PATH, such as 8080/healthz, or PORT", text)
		}
		if hasPath {
			path = "/" + path
		}
		*a = append(*a, standin.Answer{Port: int(port), Path: path})
		return nil
	})
}

func (*answersValue) String() string { return "" }
func (*answersValue) Type() string   { return "PORT/PATH" }

// answers are what is answered in the end: the flag goes before the manifest.
func (a answersValue) answers(pod *manifest.Pod) []standin.Answer {
	if len(a) > 0 || pod == nil {
		return a
	}
	var list []standin.Answer
	for _, answer := range pod.HoldAnswers {
		list = append(list, standin.Answer(answer))
	}
	return list
}

func newStandIn(s *service, answers []standin.Answer) *standin.StandIn {
	return standin.New(standin.Options{
		Answers: answers,
		State:   s.holdState,
		Tell:    func(why string) { s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: why}) },
	})
}

// noteHold has the ports answered from the moment when something is held until nothing is.
func (s *service) noteHold(n supervisor.Note) {
	switch held := string(supervisor.PodHeld); {
	case n.From == n.To:
	case n.Name != "" && n.To == string(supervisor.Held):
		s.standIn.Take()
	case n.Name == "" && n.From == held:
		s.standIn.End()
	}
}

// holdState says why and since when the pod is held, on a page that anybody may see.
func (s *service) holdState() standin.State {
	ctx, cancel := context.WithTimeout(context.Background(), snapshotTime)
	defer cancel()
	snapshot, err := s.handle.Snapshot(ctx)
	if err != nil {
		return standin.State{Why: "the event loop does not answer: " + err.Error() + "\n"}
	}
	state := standin.State{Held: snapshot.State == supervisor.PodHeld}
	for i := range snapshot.Containers {
		state.Retried = state.Retried || snapshot.Containers[i].Retried
	}
	state.Why = fmt.Sprintf("held since %s, cause: %s\n\nnile answers in the program's place. Look at what has happened by nile report and\nnile shell, start it again by nile retry, and end this by nile release.\n",
		snapshot.HeldSince.UTC().Format(time.RFC3339), s.mask().Text(snapshot.HeldBecause))
	return state
}
