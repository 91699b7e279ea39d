package postmortem

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/nile-init/nile/supervisor"
)

// otherRules tell what was seen where nothing says why.
var otherRules = []rule{
	{"termination-message", func(e *evidence) (Cause, bool) {
		// What the program itself has said of its end, in the file that Kubernetes has
		// for that.
		message := oneLine(Plain(e.facts.Capture.End.Message), maxLine)
		if message == "" || e.facts.LogMessage {
			return Cause{}, false
		}
		return Cause{Line: e.after() + ": " + message, Evidence: "termination message", Sure: true}, true
	}},
	{"signal", func(e *evidence) (Cause, bool) {
		status := e.facts.Capture.End.Status
		if status.Signal == 0 {
			return Cause{}, false
		}
		c := Cause{Line: fmt.Sprintf("ended by %s after %s", supervisor.SignalName(status.Signal), spanText(e.took)) + e.coreText(), Evidence: "wait status", Sure: true}
		switch syscall.Signal(status.Signal) {
		case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE:
			c.Line = fmt.Sprintf("%s (%s) after %s%s", supervisor.SignalName(status.Signal), signalWords(status.Signal), spanText(e.took), e.coreText())
			c.Try = "a core shows where: ulimit -c unlimited, and gdb PROGRAM CORE"
		case syscall.SIGKILL:
			c.Line += ": nile did not send it, and the OOM killer of its cgroup did not strike"
			if !e.facts.OOM.Known {
				c.Line = strings.TrimSuffix(c.Line, ", and the OOM killer of its cgroup did not strike") + ", and whether the OOM killer did cannot be seen here"
			}
			c.Sure = false
		case syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP:
			c.Line += ": nile did not send it"
		}
		if s, text := e.finalLine(); s != nil {
			c.Details = []string{"last line of " + s.name + ": " + text}
		}
		return c, true
	}},
	{"exit-code", func(e *evidence) (Cause, bool) {
		c := Cause{Line: e.after(), Evidence: "wait status"}
		s, text := e.finalLine()
		if e.facts.Runtime == "java" || e.runs("java") {
			if s != nil && !e.errorLine(text) {
				c.Line = fmt.Sprintf("System.exit(%d) after %s: no exception in its output", e.facts.Capture.End.Status.ExitCode(), spanText(e.took))
				c.Details = []string{"last line of " + s.name + ": " + text}
				return c, true
			}
		}
		if s != nil {
			c.Line += ": last line of " + s.name + ": " + text
			c.Evidence = s.name
		} else if len(e.streams) == 0 {
			c.Line += ": it printed nothing that nile has seen"
		}
		return c, true
	}},
}

// after is "exited 1 after 0.3 s".
func (e *evidence) after() string {
	status := e.facts.Capture.End.Status
	if status.Signal != 0 {
		return fmt.Sprintf("ended by %s after %s", supervisor.SignalName(status.Signal), spanText(e.took))
	}
	return fmt.Sprintf("exited %d after %s", status.Code, spanText(e.took))
}

// errorLine tells whether a line looks as if it said what is wrong.
func (e *evidence) errorLine(line string) bool {
	lower := strings.ToLower(line)
	for _, word := range []string{"error", "exception", "fatal", "severe", "fail", "cannot", "unable"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

func signalWords(signal int) string {
	switch syscall.Signal(signal) {
	case syscall.SIGSEGV:
		return "segmentation fault"
	case syscall.SIGBUS:
		return "bus error"
	case syscall.SIGILL:
		return "illegal instruction"
	case syscall.SIGFPE:
		return "arithmetic error, such as a division by zero"
	}
	return ""
}
