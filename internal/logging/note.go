package logging

import (
	"strings"

	"go.uber.org/zap/zapcore"

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
func fields(f []zapcore.Field, n supervisor.Note) []zapcore.Field {
	if n.Name != "" {
		f = append(f, stringField("container", n.Name))
	}
	if n.From != n.To {
		f = append(f, stringField("from", n.From), stringField("to", n.To))
	}
	f = append(f, stringField("why", n.Why))
	if n.PID != 0 {
		f = append(f, intField("pid", n.PID))
	}
	if n.Restart != 0 {
		f = append(f, intField("restarts", n.Restart))
	}
	if n.Status != nil {
		f = append(f, intField("exitCode", n.Status.ExitCode()))
		if n.Status.Signal != 0 {
			f = append(f, stringField("signal", supervisor.SignalName(n.Status.Signal)))
		}
	}
	return f
}

// stringField and intField are those of package zap, which would link net/http.

func stringField(key, value string) zapcore.Field {
	return zapcore.Field{Key: key, Type: zapcore.StringType, String: value}
}

func intField(key string, value int) zapcore.Field {
	return zapcore.Field{Key: key, Type: zapcore.Int64Type, Integer: int64(value)}
}
