package postmortem

import (
	"fmt"
	"strconv"
	"strings"
)

// output shows the last lines of both streams; those in which the cause stands are
// marked.
func (h *html) output(r *Report) {
	if !r.Output.Seen {
		return
	}
	h.section("Last output", "", true)
	for _, s := range []struct {
		name, text string
		cut        bool
	}{{"stderr", r.Output.Stderr, r.Output.StderrCut}, {"stdout", r.Output.Stdout, r.Output.StdoutCut}} {
		lines := linesOf([]byte(s.text))
		if len(lines) == 0 {
			continue
		}
		if r.Output.Merged {
			s.name = "stdout and stderr"
		}
		count := countText(len(lines), "line")
		if s.cut {
			count = "the last " + count
		}
		h.raw("<h3>")
		h.text(s.name)
		h.classed("span", "count", count)
		h.raw(`</h3><pre class="log">`)
		for _, line := range lines {
			if marks(r, line) {
				h.classed("mark", "", line)
			} else {
				h.text(line)
			}
			h.raw("\n")
		}
		h.raw("</pre>")
	}
	h.endSection()
}

// marks tells whether the cause stands in a line.
func marks(r *Report, line string) bool {
	line = strings.TrimSpace(line)
	if len(line) < 8 {
		return false
	}
	if strings.Contains(r.Cause.Line, line) {
		return true
	}
	// The line of the cause may have more around it, or more in front.
	cause, _, _ := strings.Cut(r.Cause.Line, " (from ")
	for range 3 {
		if len(cause) > 12 && strings.Contains(line, cause) {
			return true
		}
		if _, cause, _ = strings.Cut(cause, ": "); cause == "" {
			break
		}
	}
	return false
}

func (h *html) artefacts(r *Report) {
	if len(r.Artefacts) == 0 {
		return
	}
	h.section("Artefacts", fmt.Sprint(len(r.Artefacts)), true)
	h.table("kind", "file", "size", "")
	for _, a := range r.Artefacts {
		what := a.State + " into the report"
		switch {
		case a.State == artefactLeft:
			what = "left there: " + a.Note
		case a.State == artefactPending:
			what = "being collected"
		}
		h.row(a.Kind, a.From, bytesText(a.Size), what)
	}
	h.endTable()
	h.endSection()
}

func (h *html) looks(r *Report) {
	for _, look := range r.Looks {
		h.section("Seen before the end", look.Why, false)
		h.facts([2]string{"at", stamp(look.At)}, [2]string{"state", look.State}, [2]string{"waits in", look.Waiting},
			[2]string{"threads", strconv.Itoa(look.Threads)}, [2]string{"memory", bytesText(look.Memory)}, [2]string{"note", look.Note})
		if len(look.Sockets) > 0 {
			h.table("fd", "protocol", "state", "local", "remote")
			for _, s := range look.Sockets {
				h.row(strconv.Itoa(s.FD), s.Protocol, s.State, s.Local, s.Remote)
			}
			h.endTable()
		}
		if len(look.Files) > 0 {
			h.table("fd", "file")
			for _, f := range look.Files {
				h.row(strconv.Itoa(f.FD), f.Path)
			}
			h.endTable()
		}
		h.endSection()
	}
}
