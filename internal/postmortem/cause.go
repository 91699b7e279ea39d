package postmortem

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// rule finds one kind of cause. Rules are tried in the order of the table; the first that
// finds something wins.
type rule struct {
	name string
	find func(*evidence) (Cause, bool)
}

// families are the rules, from the surest evidence to the weakest: what the kernel and
// nile know for certain, what a runtime has written about its own end, what a program has
// printed last, and at last what is known anyway.
var families = [...][]rule{
	memoryRules, execRules, probeRules, javaRules, springRules, goRules, nodeRules, pythonRules, dotnetRules, nativeRules, addressRules, loggedRules, otherRules,
}

const (
	maxLine   = 400    // bytes of a cause line
	maxDetail = 8      // lines
	maxLines  = 20_000 // of a stream that are looked at, its last ones
	maxHead   = 64 << 10
)

// evidence is what the rules look at.
type evidence struct {
	facts   *Facts
	memory  *Memory
	took    time.Duration
	streams []stream // standard error first: there is where a program says why
	files   []evidenceFile

	holder    func(port int) (string, bool) // who listens
	listening func() []int                  // on which ports anybody does
}

// stream is the end of what was printed on one stream.
type stream struct {
	name  string
	lines []string
}

// evidenceFile is an artefact as the rules see it.
type evidenceFile struct {
	name, kind string
	size       int64
	head       string // the beginning, of files that are text
}

// findCause finds out why the run ended.
func findCause(e *evidence) Cause {
	for _, family := range families {
		for _, r := range family {
			if cause, ok := r.find(e); ok {
				cause.Rule = r.name
				return e.finish(cause)
			}
		}
	}
	return e.finish(Cause{Rule: "unknown", Line: e.facts.Capture.End.Status.String()})
}

// finish makes a cause fit for people: one line, in bounds.
func (e *evidence) finish(c Cause) Cause {
	if e.oomStruck() && !strings.HasPrefix(c.Rule, "oom") {
		c.Line = oneLine(c.Line, maxLine-80) + fmt.Sprintf("; meanwhile the OOM killer struck in the cgroup (oom_kill %d→%d)", e.facts.OOM.Before, e.facts.OOM.After)
	}
	c.Line = oneLine(c.Line, maxLine)
	c.Evidence = oneLine(c.Evidence, maxLine)
	c.Try = oneLine(c.Try, maxLine)
	c.Details = c.Details[:min(len(c.Details), maxDetail)]
	for i := range c.Details {
		c.Details[i] = oneLine(c.Details[i], maxLine)
	}
	return c
}

// last is the last line for which is holds, and the stream that it stands in.
func (e *evidence) last(is func(line string) bool) (s *stream, at int, ok bool) {
	for i := range e.streams {
		s := &e.streams[i]
		for at := len(s.lines) - 1; at >= 0; at-- {
			if is(s.lines[at]) {
				return s, at, true
			}
		}
	}
	return nil, 0, false
}

// lastWith is the last line that has one of some texts in it.
func (e *evidence) lastWith(texts ...string) (s *stream, at int, ok bool) {
	return e.last(func(line string) bool {
		for _, text := range texts {
			if strings.Contains(line, text) {
				return true
			}
		}
		return false
	})
}

// lastStarting is the last line that begins with one of some texts.
func (e *evidence) lastStarting(texts ...string) (s *stream, at int, ok bool) {
	return e.last(func(line string) bool {
		for _, text := range texts {
			if strings.HasPrefix(line, text) {
				return true
			}
		}
		return false
	})
}

// next is the first line at or after a place for which is holds; "" where there is none
// near.
func (s *stream) next(at int, is func(line string) bool) string {
	for i := at; i < min(len(s.lines), at+200); i++ {
		if is(s.lines[i]) {
			return s.lines[i]
		}
	}
	return ""
}

// line is a line of the stream; "" beyond its end.
func (s *stream) line(at int) string {
	if at < 0 || at >= len(s.lines) {
		return ""
	}
	return s.lines[at]
}

// finalLine is the last line with something in it, standard error first.
func (e *evidence) finalLine() (s *stream, text string) {
	for i := range e.streams {
		lines := e.streams[i].lines
		for at := len(lines) - 1; at >= 0; at-- {
			if strings.TrimSpace(lines[at]) != "" && !isPickedUp(lines[at]) {
				return &e.streams[i], strings.TrimSpace(lines[at])
			}
		}
	}
	return nil, ""
}

// fileOf is the first artefact of a kind.
func (e *evidence) fileOf(kind string) *evidenceFile {
	for i := range e.files {
		if e.files[i].kind == kind {
			return &e.files[i]
		}
	}
	return nil
}

// program is the name of what was executed.
func (e *evidence) program() string {
	if argv := e.facts.Process.Argv; len(argv) > 0 {
		return path.Base(argv[0])
	}
	return e.facts.Capture.Name
}

// runs tells whether one of some names is among the last elements of its command's words.
func (e *evidence) runs(names ...string) bool {
	for i, word := range e.facts.Process.Argv {
		base := path.Base(word)
		for _, name := range names {
			if base == name || i == 0 && strings.HasPrefix(base, name) {
				return true
			}
		}
	}
	return false
}

// newEvidence makes ready what the rules look at.
func newEvidence(f *Facts, output Output, memory *Memory, files []*found) *evidence {
	e := &evidence{facts: f, memory: memory, holder: listenerOf, listening: listeningPorts}
	if !f.Capture.End.Started.IsZero() {
		e.took = f.Capture.End.Finished.Sub(f.Capture.End.Started)
	}
	out := "stdout"
	if output.Merged {
		out = "its output"
	}
	for _, s := range []struct {
		name string
		text []byte
	}{{"stderr", output.Stderr}, {out, output.Stdout}} {
		if lines := linesOf(s.text); len(lines) > 0 {
			e.streams = append(e.streams, stream{s.name, lines})
		}
	}
	for _, file := range files {
		f := evidenceFile{name: file.name, kind: file.kind, size: file.info.Size()}
		if file.kind == "JVM error file" || strings.HasSuffix(file.name, ".json") || strings.HasSuffix(file.name, ".txt") {
			f.head = file.head(maxHead)
		}
		e.files = append(e.files, f)
	}
	return e
}

// linesOf are the last lines of a text, without escape sequences and control characters.
func linesOf(text []byte) []string {
	clean := Plain(string(text))
	lines := strings.Split(strings.TrimRight(clean, "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines[max(0, len(lines)-maxLines):]
}
