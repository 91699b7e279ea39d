package postmortem

import "strings"

// dotnetRules find what .NET prints of its end. (Documented: Unhandled exception, exit by
// SIGABRT; the apphost's messages; Environment.FailFast)
var dotnetRules = []rule{
	{"dotnet-exception", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("Unhandled exception. ", "Unhandled Exception: ")
		if !ok {
			return Cause{}, false
		}
		_, exception, _ := strings.Cut(s.lines[at], ". ")
		if strings.HasPrefix(s.lines[at], "Unhandled Exception: ") {
			exception = strings.TrimPrefix(s.lines[at], "Unhandled Exception: ")
		}
		if strings.Contains(strings.ToLower(exception), "address already in use") {
			return e.addressInUse(exception, "", s)
		}
		c := Cause{Line: "unhandled " + exception, Evidence: s.name, Sure: true}
		// " ---> " begins an inner exception, the cause of the one above it.
		for _, line := range s.lines[at+1 : min(len(s.lines), at+100)] {
			if _, inner, ok := strings.Cut(line, "---> "); ok && !strings.HasPrefix(strings.TrimSpace(line), "---> (Inner") {
				c.Line = "unhandled " + oneLine(exception, 170) + "; root cause: " + oneLine(inner, 220)
			}
		}
		if frame := s.next(at+1, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "at ") }); frame != "" {
			c.Details = append(c.Details, strings.TrimSpace(frame))
		}
		return c, true
	}},
	{"dotnet-launch", func(e *evidence) (Cause, bool) {
		s, at, ok := e.lastStarting("You must install or update .NET to run this application", "It was not possible to find any compatible framework version",
			"Could not execute because the application was not found", "The application to execute does not exist: ", "Process terminated. ", "Stack overflow.")
		if !ok {
			return Cause{}, false
		}
		c := Cause{Line: strings.TrimSpace(s.lines[at]), Evidence: s.name, Sure: true}
		if framework := s.next(at+1, func(line string) bool { return strings.HasPrefix(line, "Framework: ") }); framework != "" {
			c.Line = strings.TrimSuffix(c.Line, ".") + ": " + strings.TrimPrefix(framework, "Framework: ")
		}
		return c, true
	}},
}
