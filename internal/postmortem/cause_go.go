package postmortem

import (
	"fmt"
	"strings"
)

// goRules find what the Go runtime prints when it gives up: exit code 2, or SIGABRT with
// GOTRACEBACK=crash. (runtime: panic.go, fatalpanic and fatalthrow)
var goRules = []rule{
	{"go-panic", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("goroutine ", "runtime stack:")
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		// The first of the panics that led there, above the first stack.
		first := -1
		for i := at; i >= 0; i-- {
			if strings.HasPrefix(s.lines[i], "panic: ") || strings.HasPrefix(s.lines[i], "fatal error: ") {
				first = i
			}
			if strings.HasPrefix(s.lines[i], "exit status ") {
				break
			}
		}
		if first < 0 {
			return Cause{}, false
		}
		return goCause(s, first), true
	}},
}

func goCause(s *stream, at int) Cause {
	message := s.lines[at]
	if strings.HasPrefix(message, "panic: ") {
		message = strings.TrimSuffix(message, " [recovered, repanicked]")
	}
	c := Cause{Line: "Go " + message, Evidence: s.name, Sure: true}
	if next := s.line(at + 1); strings.HasPrefix(next, "[signal ") {
		c.Details = append(c.Details, strings.Trim(next, "[]"))
	}
	function, place := goFrame(s, at)
	if place != "" {
		c.Line = fmt.Sprintf("%s at %s", oneLine(c.Line, maxLine-120), place)
		c.Details = append(c.Details, function, place)
	}
	return c
}

// goFrame is the first function of the first stack that is not the runtime's, and where
// it stands.
func goFrame(s *stream, at int) (function, place string) {
	for i := at; i < min(len(s.lines), at+400); i++ {
		line := s.lines[i]
		next := s.line(i + 1)
		if !strings.HasPrefix(next, "\t") || strings.HasPrefix(line, "\t") || !strings.HasSuffix(line, ")") {
			continue
		}
		if strings.HasPrefix(line, "runtime.") || strings.HasPrefix(line, "panic(") || strings.HasPrefix(line, "runtime/") ||
			strings.HasPrefix(line, "internal/runtime") || strings.HasPrefix(line, "testing.") || strings.HasPrefix(line, "sync.") {
			continue
		}
		file, _, _ := strings.Cut(strings.TrimSpace(next), " +0x")
		if cut := strings.LastIndexByte(line, '('); cut > 0 {
			line = line[:cut]
		}
		return line, file
	}
	return "", ""
}
