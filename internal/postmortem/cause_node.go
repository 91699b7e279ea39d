package postmortem

import (
	"fmt"
	"strings"
)

// nodeRules find what Node.js prints of its end.
var nodeRules = []rule{
	{"node-heap", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastWith("JavaScript heap out of memory")
		if !ok {
			return Cause{}, false
		}
		line := strings.TrimPrefix(strings.TrimSpace(s.lines[at]), "FATAL ERROR: ")
		c := Cause{Line: "JavaScript heap out of memory: " + strings.TrimSuffix(line, " - JavaScript heap out of memory") + " (from " + s.name, Evidence: s.name, Sure: true,
			Try: "raise --max-old-space-size (MB), or look for what fills the heap"}
		if dump := e.fileOf("heap dump"); dump != nil {
			c.Line += fmt.Sprintf("; heap dump %s collected", bytesText(dump.size))
		} else if report := e.fileOf("Node.js report"); report != nil {
			c.Line += "; " + report.name + " collected"
		}
		c.Line += ")"
		return c, true
	}},
	{"node-module", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("Error: Cannot find module ", "Error [ERR_MODULE_NOT_FOUND]: ")
		if !ok {
			return Cause{}, false
		}
		c := Cause{Line: strings.TrimPrefix(s.lines[at], "Error: "), Evidence: s.name, Sure: true, Try: "run npm ci in the image, and copy node_modules into it"}
		if strings.Contains(c.Line, "'/") { // a file, not a package
			c.Try = "correct the path of the script"
		}
		if next := s.line(at + 1); strings.HasPrefix(next, "Require stack:") {
			c.Line += " (required by " + strings.TrimPrefix(s.line(at+2), "- ") + ")"
		}
		return c, true
	}},
	{"node-exception", func(e *evidence) (Cause, bool) {
		// The last line of a crash is "Node.js v20.1.0", from version 17 on.
		s, at, ok := e.lastStarting("Node.js v")
		if !ok || e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		return nodeException(e, s, at)
	}},
}

// nodeException reads what Node prints of an exception that nobody caught: the place, the
// line of code with a mark below it, and the exception with its stack.
func nodeException(e *evidence, s *stream, end int) (Cause, bool) {
	for i := end - 1; i >= max(0, end-300); i-- {
		if strings.TrimSpace(s.lines[i]) != "^" && !strings.HasPrefix(strings.TrimSpace(s.lines[i]), "^^") {
			continue
		}
		exception := ""
		at := i + 1
		for ; at < end; at++ {
			if exception = strings.TrimSpace(s.lines[at]); exception != "" {
				break
			}
		}
		if exception == "" {
			return Cause{}, false
		}
		if strings.Contains(exception, "EADDRINUSE") {
			return e.addressInUse(exception, "", s)
		}
		if _, reason, ok := strings.Cut(exception, "The promise rejected with the reason "); ok {
			exception = "UnhandledPromiseRejection: " + strings.Trim(strings.TrimSuffix(reason, "."), `"`)
		}
		c := Cause{Line: "uncaught " + strings.TrimPrefix(exception, "Uncaught "), Evidence: s.name, Sure: true}
		frame := strings.TrimSpace(s.next(at+1, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "at ") }))
		if strings.Contains(frame, "(node:") || strings.HasPrefix(exception, "SyntaxError") {
			frame = ""
		}
		if frame == "" && i >= 2 && strings.Contains(s.lines[i-2], ":") && !strings.HasPrefix(s.lines[i-2], "node:") {
			frame = "at " + strings.TrimSpace(s.lines[i-2])
		}
		if frame != "" {
			c.Line = oneLine(c.Line, maxLine-150) + " " + frame
		}
		return c, true
	}
	return Cause{}, false
}
