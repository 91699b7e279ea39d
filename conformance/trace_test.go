package conformance

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// trace is what happened to a pod, in the order in which it was seen. Times are seconds since the first sign of life.
type trace struct {
	lines  []line
	states []state
	pod    []podState
	// starts are when processes were started, which only nile's own traces tell, in order.
	starts  []start
	deleted bool
	gone    float64 // when the pod or nile was gone, 0 where it wasn't
	// code is the exit code of nile itself, -1 where the trace doesn't tell.
	code int
}

// line is a line that a container wrote.
type line struct {
	at        float64
	container string
	text      string
}

// state is what was seen of a container at a moment.
type state struct {
	at        float64
	container string
	state     string // waiting, running, terminated
	reason    string
	exit      int
	message   message
	restarts  int
	ready     bool
	started   bool
	last      string // REASON/EXIT of the run before
}

// podState is what was seen of the pod.
type podState struct {
	at     float64
	phase  string
	ready  string // True, False; empty where nothing was said of it
	inited string
}

type start struct {
	at        float64
	container string
	restarts  int
}

// message is a termination message. Of a long one a written trace has the beginning and the end.
type message struct {
	length     int // in bytes
	head, tail string
	text       string // the whole of it, in a trace of nile's
}

// ended tells whether the pod came to its end within the trace.
func (t *trace) ended() bool {
	phase := t.phase()
	return t.deleted || phase == "Succeeded" || phase == "Failed"
}

// phase is the last phase that was seen.
func (t *trace) phase() string {
	if len(t.pod) == 0 {
		return ""
	}
	return t.pod[len(t.pod)-1].phase
}

var (
	traceLine    = regexp.MustCompile(`^\s*(\d+\.\d+) (\S+)\s*(.*)$`)
	messageField = regexp.MustCompile(`message\((\d+)\)='(.*)'(?: restarts=| [a-z]|$)`)
)

// readTrace reads a trace as it is written down.
func readTrace(file string) (*trace, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t, err := parseTrace(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

func parseTrace(text string) (*trace, error) {
	t := &trace{code: -1}
	number := 0
	for text := range strings.Lines(text) {
		number++
		text = strings.TrimRight(text, "\n")
		if strings.HasPrefix(text, "#") || strings.TrimSpace(text) == "" {
			continue
		}
		if err := t.read(text); err != nil {
			return nil, fmt.Errorf("line %d: cannot read %q: %w", number, text, err)
		}
	}
	return t, nil
}

func (t *trace) read(text string) error {
	parts := traceLine.FindStringSubmatch(text)
	if parts == nil {
		return fmt.Errorf("want: TIME CONTAINER WHAT")
	}
	at, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return err
	}
	what := parts[3]
	switch {
	case parts[2] == "*":
		return t.readPod(at, what)
	case what == ">" || strings.HasPrefix(what, "> "):
		t.lines = append(t.lines, line{at, parts[2], strings.TrimRight(strings.TrimPrefix(what[1:], " "), " ")})
		return nil
	}
	s, err := readState(what)
	if err != nil {
		return err
	}
	s.at, s.container = at, parts[2]
	t.states = append(t.states, s)
	return nil
}

func (t *trace) readPod(at float64, what string) error {
	switch {
	case strings.HasPrefix(what, "manifest withdrawn"):
		t.deleted = true
		return nil
	case strings.HasPrefix(what, "pod and its logs gone"):
		t.gone = at
		return nil
	case strings.HasPrefix(what, "nile exit="):
		code, err := strconv.Atoi(strings.TrimPrefix(what, "nile exit="))
		t.code = code
		return err
	}
	p := podState{at: at}
	for _, word := range strings.Fields(what) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "phase":
			p.phase = value
		case "Ready":
			p.ready = value
		case "Initialized":
			p.inited = value
		case "ContainersReady":
		default:
			return fmt.Errorf("%q is no phase or condition", word)
		}
	}
	t.pod = append(t.pod, p)
	return nil
}

// readState reads the part behind a container's name.
func readState(what string) (s state, err error) {
	if found := messageField.FindStringSubmatchIndex(what); found != nil {
		length, err := strconv.Atoi(what[found[2]:found[3]])
		if err != nil {
			return s, err
		}
		s.message = newMessage(length, unquote(what[found[4]:found[5]]))
		what = what[:found[0]] + what[found[5]+1:]
	}
	words := strings.Fields(what)
	s.state, words = words[0], words[1:]
	switch s.state {
	case "waiting", "terminated":
		if len(words) == 0 {
			return s, fmt.Errorf("no reason given")
		}
		s.reason, words = words[0], words[1:]
	case "running":
	default:
		return s, fmt.Errorf("%q is no state", s.state)
	}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "exit":
			s.exit, err = strconv.Atoi(value)
		case "restarts":
			s.restarts, err = strconv.Atoi(value)
		case "ready":
			s.ready = true
		case "started":
			s.started = true
		case "last":
			s.last = value
		default:
			err = fmt.Errorf("%q means nothing here", word)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// newMessage takes a message apart that was cut in its middle.
func newMessage(length int, text string) message {
	head, tail, cut := strings.Cut(text, " ... ")
	if !cut {
		tail = text
	}
	return message{length: length, head: head, tail: tail}
}

// fits tells whether a text is that message.
func (m message) fits(text string) bool {
	return m.length == len(text) && strings.HasPrefix(text, m.head) && strings.HasSuffix(text, m.tail)
}

// unquote takes the backslashes out.
func unquote(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\'`, `'`).Replace(text)
}

// String is the trace in the form in which it is written down.
func (t *trace) String() string {
	type entry struct {
		at   float64
		text string
	}
	var all []entry
	for _, l := range t.lines {
		all = append(all, entry{l.at, fmt.Sprintf("%-8s > %s", l.container, l.text)})
	}
	for _, s := range t.states {
		all = append(all, entry{s.at, fmt.Sprintf("%-8s %s", s.container, s)})
	}
	for _, p := range t.pod {
		text := "*        phase=" + p.phase
		if p.ready != "" {
			text += " Ready=" + p.ready
		}
		all = append(all, entry{p.at, text})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "%7.2f %s\n", e.at, e.text)
	}
	if t.code >= 0 {
		fmt.Fprintf(&b, "        *        nile exit=%d\n", t.code)
	}
	return b.String()
}

func (s state) String() string {
	words := []string{s.state}
	if s.reason != "" {
		words = append(words, s.reason)
	}
	if s.state == "terminated" {
		words = append(words, fmt.Sprintf("exit=%d", s.exit))
	}
	if s.message.length > 0 {
		words = append(words, fmt.Sprintf("message(%d)=%.100q", s.message.length, s.message.text))
	}
	words = append(words, fmt.Sprintf("restarts=%d", s.restarts))
	if s.ready {
		words = append(words, "ready")
	}
	if s.started {
		words = append(words, "started")
	}
	if s.last != "" {
		words = append(words, "last="+s.last)
	}
	return strings.Join(words, " ")
}
