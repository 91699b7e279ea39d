// Package logging is nile's own talk on standard error: one line for each
// [supervisor.Note], as text on a terminal and as JSON elsewhere.
package logging

import (
	"fmt"
	"time"

	"go.uber.org/zap/zapcore"
	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/display"
	"github.com/nile-init/nile/supervisor"
)

// flushTime is how long the end may wait for a standard error that is not read.
const flushTime = 200 * time.Millisecond

// Format is how lines look.
type Format string

// The formats.
const (
	FormatAuto    Format = "auto" // console on a terminal, json elsewhere
	FormatConsole Format = "console"
	FormatJSON    Format = "json"
)

// Options say what to log and how.
type Options struct {
	Level  string // debug, info, warn, error or off
	Format Format
	Out    int  // the descriptor to write to; standard error where 0
	Colour bool // allow colour on a terminal
}

// Logger logs. Nothing of it is set up before the first line, so that a quiet run
// pays nothing. It must be used by one goroutine at a time.
type Logger struct {
	options Options
	level   zapcore.Level
	off     bool
	encoder encoder
	writer  *writer
	fields  []zapcore.Field // of the latest note; kept for its room
	line    []byte          // likewise
}

// New checks the options and makes a logger.
func New(o Options) (*Logger, error) {
	l := &Logger{options: o, off: o.Level == "off"}
	if l.options.Out == 0 {
		l.options.Out = unix.Stderr
	}
	if !l.off {
		level, err := zapcore.ParseLevel(o.Level)
		if err != nil || level > zapcore.ErrorLevel {
			return nil, fmt.Errorf("unknown log level %q: use debug, info, warn, error or off", o.Level)
		}
		l.level = level
	}
	switch o.Format {
	case FormatConsole, FormatJSON, FormatAuto, "":
	default:
		return nil, fmt.Errorf("unknown log format %q: use auto, console or json", o.Format)
	}
	return l, nil
}

// Enabled tells whether notes of a level are logged.
func (l *Logger) Enabled(level supervisor.Level) bool { return !l.off && levelOf(level) >= l.level }

// Structured tells whether the lines were asked to be for programs: a text among them
// would trouble these.
func (l *Logger) Structured() bool { return l.options.Format == FormatJSON }

// Silent tells whether nothing is logged at all.
func (l *Logger) Silent() bool { return l.off }

// Note logs a note.
func (l *Logger) Note(n supervisor.Note) {
	if !l.Enabled(n.Level) {
		return
	}
	level := levelOf(n.Level)
	l.open()
	if l.encoder.console {
		l.log(level, display.Text(text(n)))
		return
	}
	l.fields = fields(l.fields[:0], n)
	l.log(level, message(n), l.fields...)
}

// Prepare sets up what the first line needs, and goes through making one, so that the memory
// for it is there. It is for a moment in which nile has nothing to do but wait for an end.
func (l *Logger) Prepare() {
	if l.off {
		return
	}
	l.open()
	l.encodeFinal(0, "")
}

// Final logs the last line, why nile ends, at any level but off. Where late is not nil, nothing
// is left to be done after it, and the caller's own thread writes it where none waits before it,
// which spares four changes of threads. late has to end the process: it is called, beside the
// caller, if standard error has not taken the line after 0.2 s.
func (l *Logger) Final(code int, message string, late func()) {
	if l.off {
		return
	}
	l.open()
	l.encodeFinal(code, message)
	l.writer.last(l.line, late)
}

func (l *Logger) encodeFinal(code int, message string) {
	level := max(zapcore.InfoLevel, l.level)
	if l.encoder.console {
		l.encode(level, display.Text(fmt.Sprintf("%s; exit code %d", message, code)))
	} else {
		l.encode(level, "exit", stringField("why", message), intField("exitCode", code))
	}
}

// Flush waits until all is written, at most 0.2 s.
func (l *Logger) Flush() {
	if l.writer != nil {
		l.writer.flush()
	}
}

func (l *Logger) open() {
	if l.writer != nil {
		return
	}
	l.encoder.console = l.options.Format == FormatConsole || l.options.Format != FormatJSON && isTerminal(l.options.Out)
	l.encoder.colour = l.encoder.console && l.options.Colour && isTerminal(l.options.Out)
	l.writer = newWriter(l.options.Out)
}

// log writes one line, whose level has been looked at.
func (l *Logger) log(level zapcore.Level, message string, fields ...zapcore.Field) {
	l.encode(level, message, fields...)
	l.writer.queue(l.line)
}

// encode makes a line.
func (l *Logger) encode(level zapcore.Level, message string, fields ...zapcore.Field) {
	l.line = l.encoder.append(l.line[:0], zapcore.Entry{Level: level, Time: time.Now(), Message: message}, fields)
}

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

func levelOf(l supervisor.Level) zapcore.Level {
	switch l {
	case supervisor.LevelDebug:
		return zapcore.DebugLevel
	case supervisor.LevelInfo:
		return zapcore.InfoLevel
	case supervisor.LevelWarn:
		return zapcore.WarnLevel
	case supervisor.LevelError:
		return zapcore.ErrorLevel
	}
	return zapcore.InfoLevel
}
