package postmortem

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// probeRules find what nile itself has ended, and what could be seen of why it did not
// answer.
var probeRules = []rule{
	{"liveness-probe", func(e *evidence) (Cause, bool) { return e.probeFailed(supervisor.TriggerLiveness, "liveness") }},
	{"startup-probe", func(e *evidence) (Cause, bool) { return e.probeFailed(supervisor.TriggerStartup, "startup") }},
	{"watchdog", func(e *evidence) (Cause, bool) { return e.probeFailed(supervisor.TriggerWatchdog, "watchdog") }},
	{"not-ready-in-time", func(e *evidence) (Cause, bool) { return e.probeFailed(supervisor.TriggerNotify, "notify") }},
	{"post-start-hook", func(e *evidence) (Cause, bool) {
		c := e.facts.Capture
		if c.Trigger != supervisor.TriggerPostStart {
			return Cause{}, false
		}
		line := "the postStart hook failed"
		if c.Probe != "" {
			line += ": " + c.Probe
		}
		return Cause{Line: line, Evidence: "postStart hook", Sure: true}, true
	}},
}

func (e *evidence) probeFailed(trigger supervisor.Trigger, kind string) (Cause, bool) {
	if e.facts.Capture.Trigger != trigger {
		return Cause{}, false
	}
	what, times, message := kind+" probe", 0, e.facts.Capture.Probe
	for i := range e.facts.Probes {
		if p := &e.facts.Probes[i]; p.Kind == kind {
			what, times = kind+" probe "+p.Handler, p.Failures
			if message == "" {
				message = p.Message
			}
		}
	}
	line, from := what+" failed", "probe"
	switch trigger {
	case supervisor.TriggerWatchdog:
		line, from = "watchdog", "what it says of itself"
	case supervisor.TriggerNotify:
		line, from = "stopped", "what it says of itself"
	}
	if times > 0 {
		line += " " + timesText(times)
	}
	if message != "" {
		line += ": " + oneLine(message, 120)
	}
	c := Cause{Line: line, Evidence: from, Sure: true}
	if dump := e.threadDump(); dump != nil {
		c.Line += "; thread dump collected: " + dump.summary()
		c.Evidence = from + ", thread dump"
		c.Details = dump.details
	}
	if s, at, ok := e.last(outOfMemoryText); ok {
		c.Details = append(c.Details, "before that, on "+s.name+": "+strings.TrimSpace(s.lines[at]))
	}
	return c, true
}

func timesText(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// threadDump is what stands in a HotSpot thread dump, which a JVM prints on SIGQUIT.
type threadDump struct {
	threads, blocked int
	deadlocks        int
	lock             string // what most blocked threads wait for
	details          []string
}

// threadDump reads the last thread dump in the output.
func (e *evidence) threadDump() *threadDump {
	s, at, ok := e.lastStarting("Full thread dump ")
	if !ok {
		return nil
	}
	d := &threadDump{}
	locks := map[string]int{}
	blocked, inDeadlock := "", false
	for _, line := range s.lines[at:] {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Found one Java-level deadlock:"):
			d.deadlocks++
			inDeadlock = true
		case strings.HasPrefix(line, "Java stack information for"):
			inDeadlock = false
		case inDeadlock && trimmed != "" && !strings.HasPrefix(trimmed, "==="):
			d.details = append(d.details, trimmed)
		case d.deadlocks > 0:
		case strings.HasPrefix(line, `"`):
			d.threads++
			blocked = ""
		case strings.HasPrefix(trimmed, "java.lang.Thread.State: BLOCKED"):
			d.blocked++
			blocked = trimmed
		case blocked != "" && strings.HasPrefix(trimmed, "- waiting to lock "):
			if lock := lockOf(trimmed); len(locks) < 1000 {
				if locks[lock]++; locks[lock] > locks[d.lock] || d.lock == "" {
					d.lock = lock
				}
			}
		}
	}
	return d
}

// lockOf is the lock of "- waiting to lock <0x000000069ec19620> (a java.lang.Object)".
func lockOf(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, rest, _ := strings.Cut(rest, ">")
	class := strings.Trim(rest, " ()")
	return strings.TrimPrefix(class, "a ") + " " + address
}

func (d *threadDump) summary() string {
	switch {
	case d.deadlocks == 1:
		return fmt.Sprintf("deadlock found; %d of %d threads blocked", d.blocked, d.threads)
	case d.deadlocks > 1:
		return fmt.Sprintf("%d deadlocks found; %d of %d threads blocked", d.deadlocks, d.blocked, d.threads)
	case d.blocked > 0 && d.lock != "":
		return fmt.Sprintf("%d threads blocked on %s", d.blocked, d.lock)
	case d.blocked > 0:
		return fmt.Sprintf("%d threads blocked", d.blocked)
	}
	return fmt.Sprintf("%d threads, none blocked", d.threads)
}
