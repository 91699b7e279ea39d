package postmortem

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// addressRules find ports that were taken, in any language.
var addressRules = []rule{
	{"address-in-use", func(e *evidence) (Cause, bool) {
		if e.facts.Capture.End.Status.ExitCode() == 0 {
			return Cause{}, false
		}
		s, at, ok := e.last(func(line string) bool {
			_, named := portIn(line)
			return named && taken(line)
		})
		if !ok {
			s, at, ok = e.last(taken)
		}
		if !ok || len(s.lines)-at > 100 { // long ago, and it went on
			return Cause{}, false
		}
		return e.addressInUse(strings.TrimSpace(s.lines[at]), "", s)
	}},
}

// taken tells whether a line says that a port is.
func taken(line string) bool {
	lower := strings.ToLower(line)
	return strings.Contains(lower, "address already in use") || strings.Contains(lower, "address in use") || strings.Contains(line, "EADDRINUSE") ||
		strings.Contains(lower, "port") && strings.Contains(lower, "already in use")
}

// addressInUse tells which port was taken and who holds it, as far as that can be found:
// the port in the message, or else one that Tomcat's log, or the container's command,
// environment or probes name and that somebody listens on. Java's own message names none:
// where nothing else does, the line tells who listens here at all.
func (e *evidence) addressInUse(message, root string, s *stream) (Cause, bool) {
	c := Cause{Evidence: s.name, Sure: true, Try: "stop the other process, or use another port"}
	port, ok := portIn(message + " " + root)
	who := ""
	if !ok {
		port, ok = e.connectorPort(s)
	}
	if !ok {
		port, ok = e.likelyPort()
	}
	if ok {
		who = e.heldBy(port)
	} else if who = e.allListeners(); who != "" {
		c.Evidence += ", /proc/net/tcp"
	}
	c.Line = "address already in use"
	if ok {
		c.Line += " :" + strconv.Itoa(port)
		c.Evidence += ", /proc/net/tcp"
	}
	c.Line += who
	if root != "" {
		message = root
	}
	c.Details = []string{message}
	return c, true
}

// heldBy is " (held by pid 12 nginx)".
func (e *evidence) heldBy(port int) string {
	switch who, found := e.holder(port); {
	case !found:
		return "" // it was this process's own, or the other one is gone
	case who == "":
		return " (held by a process that cannot be seen from here)"
	default:
		return fmt.Sprintf(" (held by %s)", who)
	}
}

// allListeners is "; listening here: :8080 (pid 12 python3), :9090 (pid 13 node)".
func (e *evidence) allListeners() string {
	const shown = 3
	ports := e.listening()
	text := ""
	for i, port := range ports {
		if i == shown {
			text += fmt.Sprintf(" and %d more", len(ports)-shown)
			break
		}
		text += ", :" + strconv.Itoa(port)
		if who, _ := e.holder(port); who != "" {
			text += " (" + who + ")"
		}
	}
	if text == "" {
		return ""
	}
	return "; listening here: " + strings.TrimPrefix(text, ", ")
}

// connectorPort is the port of the connector that Tomcat was about to open, by its log:
// Initializing ProtocolHandler ["http-nio-8080"].
func (e *evidence) connectorPort(s *stream) (int, bool) {
	for at := len(s.lines) - 1; at >= max(0, len(s.lines)-300); at-- {
		_, name, quoted := strings.Cut(s.lines[at], `["`)
		if name, _, ok := strings.Cut(name, `"]`); ok && quoted && strings.Count(name, "-") >= 2 {
			port := number(name[strings.LastIndexByte(name, '-')+1:])
			return port, port > 0 && port < 1<<16
		}
	}
	return 0, false
}

// portIn finds a port in a message: ":8080", "port 8080", "Port: 8080".
func portIn(text string) (int, bool) {
	for i := len(text) - 1; i > 0; i-- {
		if text[i] < '0' || text[i] > '9' || i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
			continue
		}
		start := i
		for start > 0 && text[start-1] >= '0' && text[start-1] <= '9' {
			start--
		}
		before := strings.ToLower(text[:start])
		if i-start < 5 && (strings.HasSuffix(before, ":") || strings.HasSuffix(before, "port ") || strings.HasSuffix(before, "port: ") ||
			strings.HasSuffix(before, "port=") || strings.HasSuffix(before, ", ")) {
			if port := number(text[start : i+1]); port > 0 && port < 1<<16 {
				return port, true
			}
		}
		i = start
	}
	return 0, false
}

// likelyPort is a port that the command or the environment names (--server.port=8080,
// PORT=8080) and that somebody listens on, or else a usual one that somebody does.
func (e *evidence) likelyPort() (int, bool) {
	var ports []int
	for _, word := range slices.Concat(e.facts.Process.Argv, e.facts.Process.Env) {
		name, value, ok := strings.Cut(word, "=")
		if ok && strings.HasSuffix(strings.ToLower(name), "port") && len(value) <= 5 {
			ports = append(ports, number(value))
		}
	}
	for _, p := range e.facts.Probes {
		if port, ok := portIn(p.Handler); ok {
			ports = append(ports, port)
		}
	}
	for _, port := range ports {
		if _, found := e.holder(port); found && port > 0 {
			return port, true
		}
	}
	return 0, false
}
