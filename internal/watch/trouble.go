package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// trouble is what people should know about a part of a target.
type trouble struct {
	text    string
	warning bool
}

// unheeded says that inotify does not tell of what matters in a directory, where it does not.
func (l *look) unheeded(dir string, heeded bool) {
	if heeded {
		return
	}
	l.blind = true
	l.warn(dir+"/", fmt.Sprintf("cannot watch the directory %s/ by inotify: permission denied: nile's user needs the right to read it; looking every %s instead", dir, l.t.interval()))
}

func (l *look) warn(about, text string) { l.say(about, text, true) }

// say takes down what is to be told; the first thing about something counts.
func (l *look) say(about, text string, warning bool) {
	if _, known := l.troubles[about]; !known {
		l.troubles[about] = trouble{text, warning}
	}
}

// cannot says that something cannot be looked at now.
func (l *look) cannot(named string, err error) {
	l.failed = true
	var deeper *fs.PathError
	if errors.As(err, &deeper) {
		err = deeper.Err
	}
	remedy := "it is tried again"
	switch {
	case errors.Is(err, fs.ErrPermission):
		remedy = "nile's user needs the right to read it; it is tried again"
	case errors.Is(err, unix.ELOOP):
		remedy = "see where its symbolic links lead; it is tried again"
	}
	l.warn(named, fmt.Sprintf("cannot look at %s: %v: %s", named, err, remedy))
}

// fill says that the target has more than may be looked at.
func (l *look) fill(at place, what string, most int) {
	l.full = true
	l.warn("", fmt.Sprintf("cannot watch all of it: there are more than %d %s, the last one seen is %s: name fewer, or use a pattern; what comes after that is not looked at", most, what, at.named))
}

// tell says what is wrong with a target, once, and has what failed tried again.
func (t *target) tell(l *look, now time.Time) {
	switch {
	case !l.failed:
		t.retry, t.retryAt = 0, time.Time{}
	case t.retryAt.IsZero():
		t.retry = min(max(firstRetry, 2*t.retry), lastRetry)
		t.retryAt = now.Add(t.retry)
	}
	about := make([]string, 0, len(l.troubles))
	for a := range l.troubles {
		about = append(about, a)
	}
	slices.Sort(about)
	said := map[string]trouble{}
	for _, a := range about[:min(len(about), tellMost)] {
		what := l.troubles[a]
		if before, known := t.said[a]; !known || before.warning != what.warning {
			l.w.options.Said(t.index, what.warning, what.text)
		}
		said[a] = what
	}
	t.said = said
}

// tellMost is how much is said about a target: with the first few it is clear what is wrong.
const tellMost = 8
