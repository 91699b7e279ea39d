package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/postmortem"
)

// banner tells whoever reads the container's log that something is held, why, and what
// to type. It comes once for each hold. program is what nile was called by; deaf says that
// no verb can reach it.
func banner(program string, r *postmortem.Report, deaf bool) string {
	rule := strings.Repeat("─", 78)
	lines := []string{
		rule,
		fmt.Sprintf("%s has failed and is held: it %s%s", r.Container, r.End.How, afterText(r)),
		"cause: " + r.Cause.Line,
	}
	if r.Cause.Try != "" {
		lines = append(lines, "try:   "+r.Cause.Try)
	}
	name := r.Container
	if !isWord(name) || strings.HasPrefix(name, "-") {
		name = "" // it is the only one of a wrapped command
	}
	verbs := []struct{ verb, does string }{
		{"report", "the whole report, the cause first"},
		{"shell", "a shell as the process that failed"},
		{"retry", "start it again, in place"},
	}
	if r.Frozen {
		verbs = append(verbs, frozenVerbs...)
	}
	if deaf {
		verbs = nil
		lines = append(lines, "nothing can be asked of it here: nile has no control socket; SIGTERM ends the hold")
	}
	for _, verb := range verbs {
		lines = append(lines, fmt.Sprintf("  %-28s %s", strings.TrimSpace(callable(program)+" "+verb.verb+" "+name), verb.does))
	}
	lines = append(lines, rule)
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("nile: " + strings.ReplaceAll(postmortem.Plain(line), "\n", " ") + "\n")
	}
	return b.String()
}

// frozenVerbs are what to type where the process that failed is still there.
var frozenVerbs = []struct{ verb, does string }{
	{"inspect", "threads, memory and files of the process, kept as it ended"},
	{"core FILE", "its core, for gdb and jhsdb"},
}

// callable is what to type for nile: its path, where it was started by that and so may not
// be in the PATH.
func callable(program string) string {
	if strings.HasPrefix(program, "/") && isWord(strings.ReplaceAll(program, "/", "")) {
		return program
	}
	return "nile"
}

func afterText(r *postmortem.Report) string {
	if r.End.Started.IsZero() {
		return ""
	}
	return " after " + shortTime(time.Duration(r.End.Seconds*float64(time.Second)))
}

// shortTime renders how long something took: 0.3s, 12s, 3m20s.
func shortTime(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1ms"
	case d < 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// isWord tells whether a name needs no quotes in a shell.
func isWord(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.+@%", r))
	})
}
