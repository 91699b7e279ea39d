package postmortem

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nile-init/nile/supervisor"
)

// TextOptions say how a report is shown as text.
type TextOptions struct {
	Width  int  // of the screen, in columns; 0 cuts no line
	Height int  // of the screen, in lines; 0 is 40
	Colour bool // emphasise what counts
}

// screen writes a report for people.
type screen struct {
	*bufio.Writer
	options TextOptions
	lines   int
}

// WriteText shows a report on one screen, with the cause in its first line. Control
// characters and escape sequences, whoever they come from, are not passed on.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	if o.Height == 0 {
		o.Height = 40
	}
	s := &screen{bufio.NewWriter(w), o, 0}
	s.emphasise(r.Container + ": " + r.Cause.Line)
	for _, line := range r.Cause.Details[:min(len(r.Cause.Details), 4)] {
		s.row("", line)
	}
	if r.Cause.Try != "" {
		s.row("try", r.Cause.Try)
	}
	s.line("")
	s.facts(r)
	s.evidence(r)
	// The rest of the screen belongs to the output, more of it to the stream that has
	// more to say.
	room := max(o.Height-s.lines-7, 8)
	s.stream("stderr", r.Output.Stderr, room*2/3)
	name := "stdout"
	if r.Output.Merged {
		name = "output"
	}
	s.stream(name, r.Output.Stdout, max(room/3, o.Height-s.lines-5))
	s.line("")
	s.row("report", r.ID+": nile report -o json, --html FILE or --tar FILE for all of it")
	return s.Flush()
}

func (s *screen) facts(r *Report) {
	how := r.End.How
	if r.End.Core && !strings.Contains(how, "core") {
		how += " (core dumped)"
	}
	if !r.End.Started.IsZero() {
		how += " after " + spanText(time.Duration(r.End.Seconds*float64(time.Second)))
	}
	if r.End.OOMKilled {
		how += ", OOM-killed"
	}
	how += ", at " + r.End.Finished.UTC().Format("2006-01-02 15:04:05.000 UTC")
	if r.Restarts > 0 {
		how += fmt.Sprintf(", restarts: %d", r.Restarts)
	}
	if r.Held {
		how += ", held"
	}
	if r.Frozen {
		how += ", frozen"
	}
	s.row("end", how)
	s.row("command", strings.Join(quoteAll(r.Command.Arguments), " "))
	place := fmt.Sprintf("user %d:%d in %s", r.Command.User.UID, r.Command.User.GID, r.Command.Directory)
	if r.Command.PID > 0 {
		place = fmt.Sprintf("pid %d, ", r.Command.PID) + place
	}
	s.row("as", place)
	s.row("used", usageText(r))
	for _, p := range r.Probes {
		s.row("probe", probeText(p))
	}
}

// quoteAll makes words of arguments that a shell would read as they were.
func quoteAll(argv []string) []string {
	words := make([]string, len(argv))
	for i, word := range argv {
		if word == "" || strings.ContainsAny(word, " \t\n\"'$&;|<>()*?`\\") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		words[i] = word
	}
	return words
}

func usageText(r *Report) string {
	parts := []string{}
	if r.Usage.MaxRSS > 0 {
		parts = append(parts, bytesText(r.Usage.MaxRSS)+" memory at most")
	}
	parts = append(parts, fmt.Sprintf("%.2f s CPU (%.2f user, %.2f system)", r.Usage.User+r.Usage.System, r.Usage.User, r.Usage.System))
	if m := r.Memory; m != nil {
		group := "cgroup " + m.Cgroup + ":"
		if m.Limit != nil {
			group += " limit " + limitText(*m.Limit) + ","
		}
		if m.Peak != nil {
			group += " peak " + bytesText(*m.Peak) + ","
		}
		if m.OOMKills != nil && m.OOMKillsOld != nil {
			group += fmt.Sprintf(" oom_kill %d→%d,", *m.OOMKillsOld, *m.OOMKills)
		}
		parts = append(parts, strings.TrimSuffix(strings.TrimSuffix(group, ","), ":"))
	}
	return strings.Join(parts, "; ")
}

func probeText(p ProbeResult) string {
	text := p.Kind + " " + p.Handler + ": " + p.Result
	if p.Failures > 0 {
		text += " (" + timesText(p.Failures) + ")"
	}
	if p.Message != "" {
		text += ": " + p.Message
	}
	return text
}

// evidence lists what was collected and seen.
func (s *screen) evidence(r *Report) {
	for i, a := range r.Artefacts {
		if i == 6 {
			s.row("", fmt.Sprintf("and %d more", len(r.Artefacts)-i))
			break
		}
		text := fmt.Sprintf("%s, %s, %s", a.From, a.Kind, bytesText(a.Size))
		switch a.State {
		case artefactLeft:
			text += ": left there: " + a.Note
		default:
			text += ": " + a.State
		}
		s.row("artefact", text)
	}
	orphans := 0
	for _, p := range r.Scene {
		if p.Orphan {
			if orphans++; orphans <= 3 {
				s.row("orphan", fmt.Sprintf("pid %d %s (%s)", p.PID, p.Name, p.Command))
			}
		}
	}
	if n := len(r.Looks); n > 0 {
		look := r.Looks[n-1]
		text := fmt.Sprintf("%s: %d threads, %d files, %d sockets", look.Why, look.Threads, len(look.Files), len(look.Sockets))
		for _, socket := range look.Sockets {
			if socket.State == "LISTEN" && socket.Local != "" {
				text += ", listening on " + socket.Local
			}
		}
		s.row("seen", text)
	}
	for _, e := range lastEvents(r.Timeline, 5) {
		s.row("event", eventText(e))
	}
	for _, note := range r.Notes[:min(len(r.Notes), 4)] {
		s.row("note", note)
	}
}

// lastEvents are the last n events, without what is of interest to who debugs nile only.
func lastEvents(events []Event, n int) []Event {
	var list []Event
	for i := len(events) - 1; i >= 0 && len(list) < n; i-- {
		if e := events[i]; e.Level != string(supervisor.LevelDebug) || e.To != e.From {
			list = append(list, e)
		}
	}
	slices.Reverse(list)
	return list
}

func eventText(e Event) string {
	text := e.At.UTC().Format("15:04:05.000") + " "
	if e.Container != "" {
		text += e.Container + " "
	}
	if e.To != "" && e.To != e.From {
		text += e.To + ": "
	}
	return text + e.Why
}

// stream shows the last lines of a stream, so many at most.
func (s *screen) stream(name, text string, lines int) {
	all := linesOf([]byte(text))
	if len(all) == 0 || lines <= 0 {
		return
	}
	shown := all[max(0, len(all)-lines):]
	heading := fmt.Sprintf("last %s of %s", countText(len(shown), "line"), name)
	if len(shown) == len(all) {
		heading = name
	}
	s.line("")
	s.emphasise(heading)
	for _, line := range shown {
		s.line("  " + line)
	}
}

func countText(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// row writes a line with a word before it.
func (s *screen) row(name, text string) { s.line(fmt.Sprintf("  %-8s  %s", name, oneLine(text, 2000))) }

func (s *screen) line(text string) {
	s.lines++
	_, _ = s.WriteString(s.fit(text) + "\n")
}

func (s *screen) emphasise(text string) {
	s.lines++
	text = oneLine(text, 2000)
	if s.options.Colour {
		text = "\x1b[1m" + clean(text) + "\x1b[0m"
	} else {
		text = clean(text)
	}
	_, _ = s.WriteString(text + "\n")
}

// clean is a line without what steers a terminal.
func clean(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(Plain(text), "\n", " "), "\t", "    ")
}

// fit cuts a line to the width of the screen.
func (s *screen) fit(text string) string {
	text = clean(text)
	if s.options.Width <= 0 || utf8.RuneCountInString(text) <= s.options.Width {
		return text
	}
	runes := []rune(text)
	return string(runes[:s.options.Width-1]) + "…"
}
