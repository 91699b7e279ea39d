package loop

import (
	"time"

	"github.com/nile-init/nile/internal/early"
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
	return output.New(output.Options{Names: l.order, Colour: l.Colour, Report: func(err error) {
		// From a goroutine of the manager, which must not wait: told by the loop, like
		// all else, and by the end of the loop at the latest.
		select {
		case l.troubles <- err:
			l.Signals.Wake()
		default: // it can only be more of the same
		}
	}})
}

// tellTroubles tells what has gone wrong with the output.
func (l *loop) tellTroubles() {
	for {
		select {
		case err := <-l.troubles:
			l.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: err.Error()})
		default:
			return
		}
	}
}

// endOutput passes on what is left of the output.
func (l *loop) endOutput() {
	err := l.output.Close(lastWords)
	l.tellTroubles()
	if err != nil {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: err.Error()})
	}
}

// openOutput gives a run that is about to be started its standard output and error.
func (l *loop) openOutput(name string, gen int, c *reaper.Command) (files output.Files) {
	var err error
	config := OutputConfig(l.containers[name])
	if pipes := l.Pipes; pipes == nil {
		files, err = l.output.Open(name, gen, config)
	} else if l.Pipes = nil; *pipes != (early.Pipes{}) {
		err = l.output.Adopt(name, gen, config, pipes.Stdout, pipes.Stderr)
	}
	if err != nil {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Name: name, Why: err.Error()})
	}
	// An inherited descriptor that was closed for nile stays closed for the run.
	if !files.Inherited() {
		c.Files = []uintptr{c.Files[0], uintptr(files.Stdout), uintptr(files.Stderr)}
	}
	return files
}

// OutputConfig is what the spec of a container says of its output. Where its log may have to stand in for
// its termination message, nile reads it whatever the mode.
func OutputConfig(c *supervisor.Container) output.Config {
	o := c.Output
	return output.Config{
		Mode: output.Mode(o.Mode), File: o.File, MaxSize: o.MaxSize, MaxFiles: o.MaxFiles, Tail: o.Tail,
		Keep: o.Keep || c.MessagePolicy == supervisor.MessageFallbackToLogs,
	}
}

// outputs are what the containers' specs say of their output.
func (l *loop) outputs() []output.Config {
	var all []output.Config
	for _, c := range l.containers {
		all = append(all, OutputConfig(c))
	}
	return all
}

// tellExit tells the machine of an end. All that the process had printed by then is
// read before anybody can ask for it, and before the next run prints; where it may be
// the termination message, the machine hears of the end only then.
func (l *loop) tellExit(name string, exit supervisor.Exited) {
	l.Metrics.Exited(name, exit)
	isMessage := exit.Message == "" && exit.Status.ExitCode() != 0 && l.containers[name].MessagePolicy == supervisor.MessageFallbackToLogs
	reading := l.output.Ended(name, l.gens[name], func(d output.Drained) {
		if isMessage {
			exit.Message = l.masked(string(d.LogTail))
			go l.sendEvent(exit) // the manager must not wait for the loop
		}
	})
	if !isMessage || !reading {
		l.tell(exit)
	}
}
