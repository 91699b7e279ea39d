package logging

import (
	"strconv"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/nile-init/nile/internal/jsontext"
)

// consoleTime is enough for one who looks on.
const consoleTime = "15:04:05.000"

// encoder writes entries as zapcore's encoders do with the settings of zap.NewProduction
// (but times as RFC 3339) and zap.NewDevelopment. Those take fields of any type, and keep
// linked what encodes any type, and with it all that writes YAML (docs/explanation/size.md).
type encoder struct {
	console bool
	colour  bool // of the console's levels
}

// append appends the line of an entry. Its fields are texts and numbers, as note.go
// makes them; the console shows none.
func (e *encoder) append(line []byte, entry zapcore.Entry, fields []zapcore.Field) []byte {
	if e.console {
		line = append(entry.Time.AppendFormat(line, consoleTime), ' ')
		line = append(e.appendLevel(line, entry.Level), ' ')
		return append(append(line, entry.Message...), '\n')
	}
	line = append(append(line, `{"level":"`...), entry.Level.String()...)
	line = entry.Time.AppendFormat(append(line, `","ts":"`...), time.RFC3339Nano)
	line = jsontext.Append(append(line, `","msg":"`...), []byte(entry.Message))
	line = append(line, '"')
	for _, field := range fields {
		line = jsontext.Append(append(line, `,"`...), []byte(field.Key))
		line = append(line, `":`...)
		if field.Type == zapcore.StringType {
			line = append(jsontext.Append(append(line, '"'), []byte(field.String)), '"')
		} else {
			line = strconv.AppendInt(line, field.Integer, 10)
		}
	}
	return append(line, "}\n"...)
}

// appendLevel appends the level as the console shows it.
func (e *encoder) appendLevel(line []byte, level zapcore.Level) []byte {
	if !e.colour {
		return append(line, level.CapitalString()...)
	}
	line = append(append(line, "\x1b["...), colourOf(level)...)
	return append(append(append(line, 'm'), level.CapitalString()...), "\x1b[0m"...)
}

// colourOf is the colour of a level (ECMA-48, SGR), zap's.
func colourOf(level zapcore.Level) string {
	switch level {
	case zapcore.DebugLevel:
		return "35" // magenta
	case zapcore.InfoLevel:
		return "34" // blue
	case zapcore.WarnLevel:
		return "33" // yellow
	}
	return "31" // red
}
