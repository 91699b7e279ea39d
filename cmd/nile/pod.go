package main

import (
	"fmt"
	"os"

	"github.com/nile-init/nile/internal/cgroup"
	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/internal/logging"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// podRun is a pod to be run, and how.
type podRun struct {
	spec   *supervisor.Spec
	logger *logging.Logger
	pod    *manifest.Pod // the manifest; nil for a wrapped command
	// runtimes are the containers' language runtimes; nil where nothing is to be done
	// for any.
	runtimes *runtimes
	control  controlValue
	crashes  *crashes // nil where no reports are made
	listen   listenValue
	answers  answersValue
	podDir   podDirOptions
	relay    *relay // who waits for the pod to be ready; nil where nobody does

	// What follows is for reloads, and not set for a wrapped command.
	file    string              // the manifest's, an absolute path; empty where it cannot be read again
	chosen  []string            // the containers whose output mode nile has chosen
	prepare func(*manifest.Pod) // has the command line's flags go before the manifest
	output  outputValue         // of these flags
}

// runSpec runs a pod to its end and tells how it ended.
func runSpec(run podRun) loop.Result {
	spec, logger := run.spec, run.logger
	service := newService(run)
	options := loop.Options{Note: service.note, Mask: service.masked, OOMKills: oomKills(), Started: service.start, Colour: mayColour(), Metrics: service.pages.counter()}
	if service.hooks != nil {
		options.Linger = service.linger
	}
	if run.pod != nil {
		options.Taken = service.takesSignal
	} else {
		options.Idle = logger.Prepare
	}
	if service.standIn != nil {
		options.Starting = service.standIn.Yield
	}
	if run.runtimes != nil {
		run.runtimes.note = service.note
		options.Process = service.process
	}
	var children *reaper.Reaper
	var warning error
	if child := early.Started(); child != nil {
		options.Kernel, options.Signals, options.Pipes = child, child.Signals, &child.Pipes
		children, warning = child.Reaper, child.Warning
	} else {
		options.Signals = mustOpenSignals()
		children, warning = reaper.New()
		options.Kernel = children
	}
	if warning != nil {
		service.note(supervisor.Note{Level: supervisor.LevelWarn, Why: warning.Error()})
	}
	// Looking at each orphan costs more than reaping it.
	children.Observe = spec.WarnOrphans || logger.Enabled(supervisor.LevelDebug)
	options.Orphans = children.Observe
	terminal := &lender{Kernel: options.Kernel}
	options.Kernel, options.Note = terminal, terminal.watch(service.note)
	if run.crashes != nil {
		options.Crash = run.crashes.crash
	}
	result := loop.Run(spec, options)
	terminal.takeBack()
	service.podDir.end(result)
	if run.crashes != nil && service.hooks == nil {
		run.crashes.close(service.note)
	}
	service.stop()
	var late func()
	if run.pod == nil && run.crashes == nil { // else there is more to be told after the last line
		late = func() { os.Exit(result.Code) }
	}
	logger.Final(result.Code, result.Message, late)
	logger.Flush()
	return result
}

// opened is the queue of signals once there is one.
var opened *signals.Queue

// mustOpenSignals begins to receive signals, or goes on with it. Without them nile is
// no init: it neither hears of ended processes nor can it be stopped, so it does not
// even begin.
func mustOpenSignals() *signals.Queue {
	if opened != nil {
		return opened
	}
	queue, err := signals.Open()
	if err != nil {
		fmt.Fprintf(os.Stderr, "nile: %v\n", err)
		os.Exit(exitOwnFault)
	}
	opened = queue
	return queue
}

// oomKills is how the loop learns of the work of the OOM killer; nil where there is
// no memory cgroup to ask.
func oomKills() func() (int, bool) {
	memory, err := cgroup.Own()
	if err != nil {
		return nil
	}
	return func() (int, bool) {
		n, err := memory.OOMKills()
		return n, err == nil
	}
}
