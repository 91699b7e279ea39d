package logging

import (
	"strings"

	"go.uber.org/zap"

	"github.com/nile-init/nile/supervisor"
)

// message is the msg of a JSON line: a small closed set, so that lines can be
// counted by it.
func message(n supervisor.Note) string {
	switch {
	case n.From == n.To && n.Name == "":
		return "pod"
	case n.From == n.To:
		return "container"
	case n.Name == "":
		return "pod " + strings.ToLower(n.To)
	}
	return "container " + strings.ToLower(n.To)
}

// text is the note on a terminal.
func text(n supervisor.Note) string {
	var b strings.Builder
	if n.Name != "" {
		b.WriteString(n.Name)
		b.WriteByte(' ')
	}
	if n.From != n.To {
		b.WriteString(n.To)
		b.WriteString(": ")
	} else if n.Name != "" {
		b.WriteString("- ")
	}
	b.WriteString(n.Why)
	return b.String()
}

// fields appends the fields of a note's line to f.
func fields(f []zap.Field, n supervisor.Note) []zap.Field {
	if n.Name != "" {
		f = append(f, zap.String("container", n.Name))
	}
	if n.From != n.To {
		f = append(f, zap.String("from", n.From), zap.String("to", n.To))
	}
	f = append(f, zap.String("why", n.Why))
	if n.PID != 0 {
		f = append(f, zap.Int("pid", n.PID))
	}
	if n.Restart != 0 {
		f = append(f, zap.Int("restarts", n.Restart))
	}
	if n.Status != nil {
		f = append(f, zap.Int("exitCode", n.Status.ExitCode()))
		if n.Status.Signal != 0 {
			f = append(f, zap.String("signal", supervisor.SignalName(n.Status.Signal)))
		}
	}
	return f
}
