package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/logging"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// wrap is `nile [flags] -- CMD [ARG…]`.
type wrap struct {
	grace time.Duration
	log   logOptions
	argv  []string
	err   error // what is wrong with the flags
}

// flags adds the flags of `nile -- CMD` to a set.
func (w *wrap) flags(set *pflag.FlagSet) {
	set.DurationVar(&w.grace, "grace", 10*time.Second, "how long processes that CMD leaves behind have to end after SIGTERM")
	w.log.flags(set, "warn")
}

// parseWrap reads the command line of a wrapped command. ok is false where it is
// the command line of a verb: nothing but flags may stand before the "--".
func parseWrap(args, environ []string) (w *wrap, ok bool) {
	dashes := slices.Index(args, "--")
	if dashes < 0 {
		return nil, false
	}
	set := pflag.NewFlagSet("nile", pflag.ContinueOnError)
	set.Usage = func() {}
	set.SetInterspersed(false)
	w = &wrap{argv: args[dashes+1:]}
	w.flags(set)
	w.err = set.Parse(args[:dashes])
	if set.NArg() > 0 {
		return nil, false
	}
	if w.err == nil {
		w.err = flagsFromEnvironment(set, environ)
	}
	if w.err == nil && len(w.argv) == 0 {
		w.err = fmt.Errorf("no command after \"--\": write nile -- CMD [ARG…]")
	}
	return w, true
}

// run runs the command and returns nile's exit code.
func (w *wrap) run() int {
	if w.err != nil {
		return w.fail(w.err)
	}
	logger, err := w.log.logger()
	if err != nil {
		return w.fail(err)
	}
	spec := &supervisor.Spec{
		Name:          "nile",
		RestartPolicy: supervisor.RestartNever,
		Grace:         w.grace,
		Forward:       true,
		Main: []supervisor.Container{{
			Name:    commandName(w.argv[0]),
			Process: supervisor.Process{Argv: w.argv, Env: os.Environ()},
		}},
	}
	return runSpec(spec, logger, nil)
}

// fail reports a fault of nile's own, found before the command ran.
func (w *wrap) fail(err error) int {
	fmt.Fprintf(os.Stderr, "nile: %v\n", err)
	return exitOwnFault
}

// commandName is how messages call the command.
func commandName(path string) string {
	if name := path[strings.LastIndexByte(path, '/')+1:]; name != "" {
		return name
	}
	return path
}

// runSpec runs a pod to its end and returns nile's exit code.
func runSpec(spec *supervisor.Spec, logger *logging.Logger, process func(string) (*supervisor.Process, error)) int {
	signals := loop.Subscribe()
	kernel, err := reaper.New()
	if err != nil {
		logger.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: err.Error()})
	}
	result := loop.Run(spec, loop.Options{Kernel: kernel, Signals: signals, Note: logger.Note, Process: process})
	logger.Final(result.Code, result.Message)
	logger.Flush()
	return result.Code
}
