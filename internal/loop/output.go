package loop

import (
	"time"

	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// lastWords is how long the end of nile waits for somebody to read what the
// containers have printed.
const lastWords = time.Second

// newOutput makes the manager of the containers' output. Nothing of it costs
// anything before a container needs it.
func (l *loop) newOutput() *output.Manager {
	return output.New(output.Options{Names: l.order, Report: func(err error) {
		// From a goroutine of the manager: told by the loop, like all else.
		go l.sendNote(supervisor.Note{Level: supervisor.LevelWarn, Why: err.Error()})
	}})
}

// openOutput gives a run its standard output and error. Only where the log may have
// to stand in for the termination message does nile read them.
func (l *loop) openOutput(name string, gen int, c *reaper.Command) (files output.Files) {
	if l.containers[name].MessagePolicy != supervisor.MessageFallbackToLogs {
		return output.Files{}
	}
	files, err := l.output.Open(name, gen, output.Config{Keep: true, Tail: -1})
	if err != nil {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Name: name, Why: err.Error()})
	}
	c.Files = []uintptr{c.Files[0], uintptr(files.Stdout), uintptr(files.Stderr)}
	return files
}

// tellExit tells the machine of an end, once all that the process had printed has
// been read where that may be its message.
func (l *loop) tellExit(name string, exit supervisor.Exited) {
	if exit.Message != "" || exit.Status.ExitCode() == 0 || l.containers[name].MessagePolicy != supervisor.MessageFallbackToLogs {
		l.tell(exit)
		return
	}
	reading := l.output.Ended(name, l.gens[name], func(d output.Drained) {
		exit.Message = string(d.LogTail)
		go l.sendEvent(exit) // the manager must not wait for the loop
	})
	if !reading {
		l.tell(exit)
	}
}
