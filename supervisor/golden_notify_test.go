package supervisor_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// notifyVerb is notify NAME WORD…: the process says something of itself. Words are ready,
// reloading, stopping, closed, alive, trigger, watchdog=TIME, extend=TIME, and, as the last
// of all, errno=TEXT or status=TEXT.
func notifyVerb(s *stage, words, _ []string) error {
	e := supervisor.Notified{Name: words[0], Gen: s.gens[words[0]]}
	for i, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "ready":
			e.Ready = true
		case "reloading":
			e.Reloading = true
		case "stopping":
			e.Stopping = true
		case "closed":
			e.Closed = true
		case "alive":
			e.Alive = true
		case "trigger":
			e.Trigger = true
		case "stale":
			e.Gen--
		case "errno":
			e.Errno = strings.Join(append([]string{value}, words[i+2:]...), " ")
			s.tell(e)
			return nil
		case "extend":
			e.Extend, err = time.ParseDuration(value)
		case "watchdog":
			var d time.Duration
			d, err = time.ParseDuration(value)
			e.Watchdog = &d
		case "status":
			text := strings.Join(append([]string{value}, words[i+2:]...), " ")
			e.Status = &text
			s.tell(e)
			return nil
		default:
			err = fmt.Errorf("unknown word %q", word)
		}
		if err != nil {
			return err
		}
	}
	s.tell(e)
	return nil
}

// parseNotify reads KIND[,timeout:TIME][,watchdog:TIME].
func parseNotify(text string) (n supervisor.Notify, err error) {
	kind, rest, _ := strings.Cut(text, ",")
	n.Kind, n.FD = supervisor.NotifyKind(kind), 3
	for rest != "" && err == nil {
		var pair string
		pair, rest, _ = strings.Cut(rest, ",")
		key, value, _ := strings.Cut(pair, ":")
		switch key {
		case "timeout":
			n.Timeout, err = time.ParseDuration(value)
		case "watchdog":
			n.Watchdog, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("unknown option %q of notify", key)
		}
	}
	return n, err
}
