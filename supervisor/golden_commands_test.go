package supervisor_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// commandVerb is an operator's command: start, stop, restart, retry NAME, send NAME
// SIGNAL, release. Of retry: keep-held arg=WORD env=N=V argv=WORD. Of release: code=N.
func commandVerb(v supervisor.Verb) verb {
	return verb{0, func(s *stage, words, _ []string) error {
		s.commands++
		e := supervisor.Command{ID: s.commands, Verb: v}
		for i, word := range words {
			if err := commandWord(&e, i, word); err != nil {
				return err
			}
		}
		s.tell(e)
		return nil
	}}
}

// commandWord reads one word of a command.
func commandWord(e *supervisor.Command, i int, word string) error {
	key, value, isOption := strings.Cut(word, "=")
	if isOption && key != "code" && e.Override == nil {
		e.Override = &supervisor.Override{}
	}
	switch {
	case word == "keep-held":
		e.KeepHeld = true
	case key == "arg" && isOption:
		e.Override.Args = append(e.Override.Args, value)
	case key == "argv" && isOption:
		e.Override.Argv = append(e.Override.Argv, value)
	case key == "env" && isOption:
		e.Override.Env = append(e.Override.Env, value)
	case key == "code" && isOption:
		code, err := strconv.Atoi(value)
		e.Code = &code
		return err
	case e.Verb == supervisor.VerbSignal && i == 1:
		num, err := strconv.Atoi(word)
		if known, ok := supervisor.ParseSignal(word); ok {
			num, err = known, nil
		}
		e.Signal = num
		return err
	case i == 0:
		e.Name = word
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

// parseHold reads for=1h afterRestarts=3 sidecars=Stop.
func parseHold(words []string, h *supervisor.Hold) (err error) {
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "for":
			h.For, err = time.ParseDuration(value)
		case "afterRestarts":
			h.AfterRestarts, err = strconv.Atoi(value)
		case "sidecars":
			h.Sidecars = supervisor.HoldSidecars(value)
		default:
			err = fmt.Errorf("unknown option %q", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseDump reads SIGNAL or SIGNAL:WAIT.
func parseDump(text string) (d supervisor.Dump, err error) {
	name, wait, _ := strings.Cut(text, ":")
	num, ok := supervisor.ParseSignal(name)
	if !ok {
		return d, fmt.Errorf("no such signal: %q", name)
	}
	d.Signal = num
	if wait != "" {
		d.Wait, err = time.ParseDuration(wait)
	}
	return d, err
}

// renderCommandAction renders what has to do with commands and crashes.
func renderCommandAction(action supervisor.Action) string {
	switch a := action.(type) {
	case supervisor.Reply:
		if a.Refusal != "" {
			return fmt.Sprintf("  reply %d: refused (%s): %s", a.ID, a.Refusal, a.Message)
		}
		return fmt.Sprintf("  reply %d: %s", a.ID, a.Message)
	case supervisor.Capture:
		line := fmt.Sprintf("  capture %s#%d: %s, %s", a.Name, a.Gen, a.Trigger, a.End.Status)
		if a.Probe != "" {
			line += fmt.Sprintf(", %q", a.Probe)
		}
		if a.Held {
			line += ", held"
		}
		return line
	case supervisor.Look:
		return fmt.Sprintf("  look at %s#%d, process %d: %s", a.Name, a.Gen, a.PID, a.Why)
	}
	return renderReloadAction(action)
}

// renderOverride shows how a run differs from the spec.
func renderOverride(o *supervisor.Override) string {
	if o == nil {
		return ""
	}
	line := " with"
	for _, part := range []struct {
		key   string
		words []string
	}{{"argv", o.Argv}, {"arg", o.Args}, {"env", o.Env}} {
		for _, word := range part.words {
			line += fmt.Sprintf(" %s=%s", part.key, word)
		}
	}
	return line
}
