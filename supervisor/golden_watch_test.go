package supervisor_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// parseWatch reads ACTION[:SIGNAL or time-out].
func parseWatch(text string) (w supervisor.Watch, err error) {
	action, detail, _ := strings.Cut(text, ":")
	w.Action = supervisor.WatchAction(action)
	switch w.Action {
	case supervisor.WatchSignal:
		num, ok := supervisor.ParseSignal(detail)
		if !ok {
			return w, fmt.Errorf("no such signal: %q", detail)
		}
		w.Signal = num
	case supervisor.WatchExec:
		w.Exec = &supervisor.Handler{Exec: []string{"hook"}}
		if detail != "" {
			w.Timeout, err = time.ParseDuration(detail)
		}
	case supervisor.WatchRestart, supervisor.WatchNone:
	default:
		err = fmt.Errorf("no such action: %q", action)
	}
	return w, err
}

// changedVerb is changed NAME WATCH PATH [AGE [MORE]]: files that a container watches have
// changed.
func changedVerb(s *stage, words, _ []string) (err error) {
	e := supervisor.Changed{Name: words[0], Path: words[2]}
	if e.Watch, err = strconv.Atoi(words[1]); err != nil {
		return err
	}
	if len(words) > 3 {
		if e.Age, err = time.ParseDuration(words[3]); err != nil {
			return err
		}
	}
	if len(words) > 4 {
		if e.More, err = strconv.Atoi(words[4]); err != nil {
			return err
		}
	}
	s.tell(e)
	return nil
}

// renderNews is what the watched files of a container have told.
func renderNews(all []supervisor.NewsSnapshot) string {
	line := ""
	for i, n := range all {
		if n.Changes == 0 {
			continue
		}
		line += fmt.Sprintf(", watch %d: %s at %s, the %dth", i, n.Path, n.At.Sub(epoch), n.Changes)
		if n.Failures > 0 {
			line += fmt.Sprintf(", %d failures", n.Failures)
		}
		if n.Trouble != "" {
			line += fmt.Sprintf(" %q", n.Trouble)
		}
	}
	return line
}
