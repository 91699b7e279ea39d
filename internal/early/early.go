// Package early gets a wrapped command, `nile -- CMD`, on its way before the rest
// of the program is set up.
//
// Go initialises every package of a program before main begins: the YAML decoder,
// the logger, TLS and HTTP take a millisecond that the command need not wait for.
// The order is laid down (https://go.dev/ref/spec#Program_initialization): of all
// packages whose imports are ready, the first by import path comes next. This one
// imports next to nothing, so it comes before all of those, and its own
// initialisation starts the command where the command line is the plain one. Flags and
// variables that change nothing about how the command is started, such as those of the
// hold, are among the plain ones; any other leads the ordinary way, which does the same
// a little later.
package early

import (
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/internal/startstate"
	"github.com/nile-init/nile/reaper"
)

// Child is a command that was started early.
type Child struct {
	*reaper.Reaper
	Signals *signals.Queue
	Warning error // why nile could not become a subreaper; nil where it could
	Pipes   Pipes // of its output, where that goes through nile

	pid        int
	err        error
	foreground bool // it was given the terminal
	told       bool
}

// started is the command that the initialisation has started, if it has.
var started *Child

func init() {
	if line, ok := Read(os.Args, os.Environ()); ok {
		started = start(line)
	}
}

// Started returns the command that was started early, once; nil where none was.
func Started() *Child {
	e := started
	started = nil
	return e
}

// Start makes a Child the kernel of an event loop: the first start is the one that
// has been made.
func (e *Child) Start(c *reaper.Command) (int, error) {
	if e.told {
		return e.Reaper.Start(c)
	}
	e.told = true
	c.Foreground = e.foreground // the terminal cannot be asked again: it is the command's
	return e.pid, e.err
}

func start(line CommandLine) *Child {
	queue, err := signals.Open()
	if err != nil {
		return nil // the ordinary way will say so
	}
	e := &Child{Signals: queue}
	e.Reaper, e.Warning = reaper.New()
	c := Command(line.Argv, environment(line))
	c.Owner = Owner(Name(line.Argv[0]), 1)
	e.foreground = c.Foreground
	if line.Hold {
		defer e.Pipes.open(c)()
	}
	e.pid, e.err = e.Reaper.Start(c)
	return e
}

// environment is what the command gets: nile's own; where it may be held, with what its
// language runtime needs to leave evidence. The loop works out the same again.
func environment(line CommandLine) []string {
	env := os.Environ()
	if !line.Hold {
		return env
	}
	runtime := presets.Recognise(line.Argv, env, "")
	if runtime == presets.None {
		return env
	}
	return presets.Prepare(runtime, presets.Request{
		Name: Name(line.Argv[0]), Argv: line.Argv, Env: env, StateDir: line.StateDir, UID: -1, GID: -1,
	}).Env
}

// listenPID is the variable that says for which process the sockets are that were
// passed to it, sd_listen_fds(3): a program that reads another's number there must not
// use them.
const listenPID = "LISTEN_PID"

// Command is how a wrapped command is started. As with tini it has a process group
// of its own, which gets the terminal if nile has it, and an environment to which
// nothing was added; sockets that were passed to nile are passed to it. A standard descriptor that was closed is closed for it too, though
// Go's runtime has opened /dev/null there for nile.
func Command(argv, environ []string) *reaper.Command {
	files := []uintptr{0, 1, 2}
	for fd := range files {
		if startstate.Closed(fd) {
			files[fd] = ^uintptr(0)
		}
	}
	c := &reaper.Command{
		Argv:       argv,
		Env:        environ,
		Files:      files,
		Isolation:  reaper.NewGroup,
		Foreground: hasForeground(0),
	}
	if slices.Contains(environ, listenPID+"="+strconv.Itoa(syscall.Getpid())) {
		c.PIDVariable = listenPID
	}
	return c
}

// Name is how messages call a command: the last element of its path.
func Name(path string) string {
	if name := path[ascii.LastIndexByte(path, '/')+1:]; name != "" {
		return name
	}
	return path
}

// Owner names one run of a container.
func Owner(name string, generation int) string {
	return name + "#" + strconv.Itoa(generation)
}

// hasForeground tells whether a descriptor is the terminal that controls nile's
// session, and nile's group is the one in front: only then has it something to
// hand on. One in the background must not take the terminal from the shell.
func hasForeground(fd int) bool {
	group, err := linux.IoctlGetInt(fd, syscall.TIOCGPGRP)
	return err == nil && group == syscall.Getpgrp()
}
