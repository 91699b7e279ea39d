package postmortem

import (
	"fmt"
	"strings"
)

// springRules find what frameworks and programs in Java say, and exceptions that nobody
// has caught.
var springRules = []rule{
	{"spring-boot", func(e *evidence) (Cause, bool) {
		// Spring Boot's LoggingFailureAnalysisReporter: a heading, "Description:" and
		// "Action:", each followed by a paragraph.
		s, at, ok := e.lastStarting("APPLICATION FAILED TO START")
		if !ok {
			return Cause{}, false
		}
		description, action := s.section(at, "Description:"), s.section(at, "Action:")
		if len(description) == 0 {
			return Cause{}, false
		}
		c := Cause{Line: "Spring Boot: " + description[0], Evidence: s.name, Sure: true, Details: description[1:]}
		if port, ok := portIn(description[0]); ok {
			c.Line += e.heldBy(port)
		}
		c.Try = strings.Join(action, " ")
		return c, true
	}},
	{"java-exception", uncaught},
	{"spring-boot-run", func(e *evidence) (Cause, bool) {
		// Where no failure analyzer knows the exception it is logged, with its stack.
		s, at, ok := e.lastWith("Application run failed")
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		exception := strings.TrimSpace(s.next(at+1, func(line string) bool { return strings.TrimSpace(line) != "" }))
		c := Cause{Line: "Spring Boot: application run failed: " + oneLine(exception, 170), Evidence: s.name, Sure: true}
		root, frame := rootOf(s.lines[at+1:])
		if root != "" {
			c.Line += "; root cause: " + oneLine(root, 200)
		}
		c.Details = []string{frame}
		if taken(root) {
			return e.addressInUse(exception, root, s)
		}
		return c, true
	}},
}

// loggedRules find the last exception in the log of a program that has ended itself.
var loggedRules = []rule{
	{"java-logged-exception", func(e *evidence) (Cause, bool) {
		if e.facts.Runtime != "java" && !e.runs("java") {
			return Cause{}, false
		}
		s, at, ok := e.last(isFrame)
		if !ok || len(s.lines)-at > 60 {
			return Cause{}, false
		}
		for at > 0 && (isFrame(s.lines[at]) || strings.HasPrefix(s.lines[at], "Caused by: ") || strings.HasPrefix(strings.TrimSpace(s.lines[at]), "... ")) {
			at--
		}
		exception := strings.TrimSpace(s.lines[at])
		root, frame := rootOf(s.lines[at+1:])
		c := Cause{Line: e.after() + ": last exception in " + s.name + ": " + oneLine(exception, 170), Evidence: s.name, Details: []string{frame}}
		if root != "" {
			c.Line += "; root cause: " + oneLine(root, 200)
		}
		if taken(exception + root) {
			return e.addressInUse(exception, root, s)
		}
		return c, true
	}},
}

// isFrame tells whether a line is one of a Java stack trace.
func isFrame(line string) bool {
	return strings.HasPrefix(line, "\tat ") && strings.HasSuffix(line, ")")
}

// section is the paragraph below a heading.
func (s *stream) section(at int, heading string) []string {
	for i := at; i < min(len(s.lines), at+200); i++ {
		if strings.TrimSpace(s.lines[i]) != heading {
			continue
		}
		var text []string
		for _, line := range s.lines[i+1 : min(len(s.lines), i+40)] {
			line = strings.TrimSpace(line)
			if line == "Action:" || line == "" && len(text) > 0 {
				break
			}
			if line != "" {
				text = append(text, line)
			}
		}
		return text
	}
	return nil
}

// uncaught finds the exception that has ended a Java program, with the cause at the root
// of it. The port that an exception of that kind is about is told with its holder.
func uncaught(e *evidence) (Cause, bool) {
	if e.facts.Capture.End.Status.ExitCode() == 0 {
		return Cause{}, false
	}
	s, at, ok := e.lastStarting(`Exception in thread "`, "Exception in Application ")
	if !ok {
		return Cause{}, false
	}
	_, exception, _ := strings.Cut(s.lines[at], `" `)
	if _, after, ok := strings.Cut(s.lines[at], `Exception in thread "`); ok {
		if _, text, ok := strings.Cut(after, `" `); ok {
			exception = text
		}
	}
	if exception = strings.TrimSpace(exception); exception == "" {
		exception = strings.TrimSpace(s.line(at + 1))
	}
	c := Cause{Line: "uncaught " + exception, Evidence: s.name, Sure: true}
	root, frame := rootOf(s.lines[at+1:])
	switch {
	case root != "":
		c.Line = fmt.Sprintf("uncaught %s; root cause: %s", oneLine(exception, 170), oneLine(root, 220))
		c.Details = append(c.Details, frame)
	case frame != "":
		c.Details = append(c.Details, frame)
	}
	switch whole := exception + root; {
	case strings.Contains(whole, "NoClassDefFoundError"), strings.Contains(whole, "ClassNotFoundException"), strings.Contains(whole, "NoSuchMethodError"):
		c.Try = "a library is missing from the class path, or has another version there"
	case strings.Contains(whole, "BindException"), strings.Contains(whole, "ddress already in use"):
		return e.addressInUse(exception, root, s)
	}
	return c, true
}

// rootOf is the last "Caused by:" of a stack trace, and the first frame below it; or the
// first frame of the trace where it has none.
func rootOf(lines []string) (root, frame string) {
	for _, line := range lines {
		trimmed := strings.TrimSpace(line)
		cause, isCause := strings.CutPrefix(trimmed, "Caused by: ")
		switch {
		case isCause && len(line)-len(strings.TrimLeft(line, " \t")) == 0:
			root, frame = cause, ""
		case strings.HasPrefix(trimmed, "at "):
			if frame == "" {
				frame = trimmed
			}
		case strings.HasPrefix(trimmed, "... "), strings.HasPrefix(trimmed, "Suppressed: "), strings.HasPrefix(line, "\t"), strings.HasPrefix(line, " "):
		case strings.HasPrefix(trimmed, "Exception in thread "):
			return root, frame
		case frame != "": // the trace is over
			return root, frame
		}
	}
	return root, frame
}
