package postmortem

import (
	"fmt"
	"strings"
)

// pythonRules find what CPython prints of its end. (traceback: the most recent call and
// the exception come last)
var pythonRules = []rule{
	{"python-fatal", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("Fatal Python error: ")
		if !ok {
			return Cause{}, false
		}
		c := Cause{Line: s.lines[at], Evidence: s.name, Sure: true}
		frame := s.next(at+1, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "File ") })
		if frame != "" {
			c.Line += " at " + pythonPlace(frame)
		}
		return c, true
	}},
	{"python-exception", func(e *evidence) (Cause, bool) {
		if e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		s, at, ok := e.last(func(line string) bool {
			return strings.HasPrefix(line, "Traceback (most recent call last):") || strings.HasPrefix(line, "  File \"")
		})
		if !ok {
			return Cause{}, false
		}
		for at > 0 && s.lines[at] != "" && !strings.HasPrefix(s.lines[at], "Traceback ") && s.lines[at][0] == ' ' {
			at-- // to the first frame of the last traceback
		}
		return pythonException(e, s, at)
	}},
	{"python-no-file", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastWith(": can't open file ", ": No module named ")
		if !ok || !e.runs("python") || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		return Cause{Line: strings.TrimSpace(s.lines[at]), Evidence: s.name, Sure: true, Try: "correct the path; a relative one begins at the working directory"}, true
	}},
}

// pythonException reads the end of a traceback, from its last frame on: code and marks
// are indented, the exception is not.
func pythonException(e *evidence, s *stream, at int) (Cause, bool) {
	frame := ""
	for i := at; i < min(len(s.lines), at+2000); i++ {
		line := s.lines[i]
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "File \""):
			if frame == "" || !isLibrary(line) {
				frame = line
			}
			continue
		case line == "" || line[0] == ' ' || line[0] == '\t' || strings.HasPrefix(line, "Traceback "):
			continue
		}
		if strings.HasPrefix(line, "During handling of") || strings.HasPrefix(line, "The above exception") {
			return Cause{}, false
		}
		if strings.Contains(strings.ToLower(line), "address already in use") {
			return e.addressInUse(line, "", s)
		}
		c := Cause{Line: line, Evidence: s.name, Sure: true}
		if frame != "" {
			c.Line = oneLine(line, maxLine-150) + " at " + pythonPlace(frame)
			c.Details = append(c.Details, strings.TrimSpace(frame))
		}
		if root := pythonRoot(s, at); root != "" {
			c.Line += "; caused by " + oneLine(root, 200)
		}
		if strings.HasPrefix(line, "ModuleNotFoundError") {
			c.Try = "install it in the image (pip install), in the same environment that runs here"
		}
		return c, true
	}
	return Cause{}, false
}

// pythonRoot is the exception that another was raised from, which stands above it.
func pythonRoot(s *stream, at int) string {
	for i := at; i > max(0, at-2000); i-- {
		if s.lines[i] != "The above exception was the direct cause of the following exception:" {
			continue
		}
		for i--; i > 0; i-- {
			if s.lines[i] != "" && s.lines[i][0] != ' ' {
				return s.lines[i]
			}
		}
	}
	return ""
}

// isLibrary tells of a frame in Python's own library or an installed package.
func isLibrary(frame string) bool {
	return strings.Contains(frame, "/lib/python") || strings.Contains(frame, "/site-packages/") || strings.Contains(frame, `File "<frozen `)
}

// pythonPlace makes app.py:12 of `File "app.py", line 12, in main`.
func pythonPlace(frame string) string {
	_, rest, _ := strings.Cut(frame, `File "`)
	file, rest, _ := strings.Cut(rest, `"`)
	_, rest, _ = strings.Cut(rest, "line ")
	digits := rest
	if i := strings.IndexAny(rest, ", "); i >= 0 {
		digits = rest[:i]
	}
	return fmt.Sprintf("%s:%s", file, digits)
}
