package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/supervisor"
)

// wrap is `nile [flags] -- CMD [ARG…]`.
type wrap struct {
	grace      durationValue
	group      switchValue
	rewrite    rewrites
	stopSignal signalValue
	delay      delays
	remap      remaps
	waitAll    switchValue
	noTree     switchValue
	warnOnReap switchValue
	output     outputValue
	hold       holdOptions
	crash      crashOptions
	preset     presetValue
	options    string // the options file
	notify     notifyValue
	podDir     podDirOptions
	dependsOn  peersValue
	log        logOptions
	control    controlValue
	listen     listenValue
	answers    answersValue
	argv       []string
	err        error // what is wrong with the flags
}

// flags adds the flags of `nile -- CMD` to a set.
func (w *wrap) flags(set *pflag.FlagSet) {
	w.grace = durationValue(10 * time.Second)
	set.Var(&w.grace, "grace", "how long processes that CMD leaves behind have to end after SIGTERM")
	w.onOff(set, &w.group, "group", "pass signals on to CMD's whole process group, not to CMD alone")
	set.Var(&w.rewrite, "rewrite", "pass signal TO on where nile gets FROM, names or numbers; 0 drops it; repeatable")
	set.Var(&w.stopSignal, "stop-signal", "what CMD gets in place of SIGTERM")
	set.Var(&w.delay, "delay-signal", "pass SIGNAL on only after TIME, or at once when it comes again; repeatable")
	set.Var(&w.remap, "remap-exit", "end with code TO where it would be FROM; with @stopped only where nile was asked to stop; repeatable, the first that fits counts")
	w.onOff(set, &w.waitAll, "wait-all", "stay until all that CMD leaves behind has ended by itself")
	w.onOff(set, &w.noTree, "no-tree", "end when CMD ends and leave what it leaves behind to the kernel")
	w.onOff(set, &w.warnOnReap, "warn-on-reap", "name each orphan that is reaped")
	set.Var(&w.output, "output", "what becomes of CMD's output: inherit (nothing in between, if not set), prefix or json")
	w.hold.flags(set)
	w.crash.flags(set)
	set.Var(&w.preset, "preset", "tell CMD's language runtime to leave evidence when it fails: java, go, node, python, dotnet, auto (by the command) or none")
	set.StringVar(&w.options, "options-file", "", "a file with options for CMD's language runtime, one a line")
	set.Var(&w.notify, "notify", "CMD says itself when it is ready: fd=N (by a newline on that descriptor, as with s6) or systemd (to NOTIFY_SOCKET), with ,timeout=TIME ,watchdog=TIME ,access=Tree behind; if not set, a NOTIFY_SOCKET of nile's is CMD's")
	w.podDir.flags(set, "the name of CMD's program")
	set.Var(&w.dependsOn, "depends-on", "start CMD when the nile NAME in the pod directory, or its container NAME/CONTAINER, is =Started (if not set), =Ready or =Completed; repeatable")
	w.log.flags(set, "warn")
	w.control.flag(set)
	w.listen.flag(set)
	w.answers.flag(set)
}

func (w *wrap) onOff(set *pflag.FlagSet, value *switchValue, name, usage string) {
	set.Var(value, name, usage)
	set.Lookup(name).NoOptDefVal = "true"
}

// check finds flags that cannot both hold.
func (w *wrap) check(environ []string) error {
	_, rewritten := w.rewrite[int(syscall.SIGTERM)]
	switch {
	case len(w.argv) == 0:
		return errors.New("no command after \"--\": write nile -- CMD [ARG…]")
	case bool(w.waitAll && w.noTree):
		return errors.New("--wait-all and --no-tree contradict each other: give only one of them (NILE_WAIT_ALL and NILE_NO_TREE count too)")
	case rewritten && w.stopSignal != 0:
		return errors.New("--stop-signal and --rewrite TERM:… contradict each other: give only one of them (NILE_STOP_SIGNAL and NILE_REWRITE count too)")
	}
	return w.notify.check(environ)
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
	if err := set.Parse(args[:dashes]); err != nil {
		w.err = flagError(set, err, "nile")
	}
	if set.NArg() > 0 {
		return nil, false
	}
	if w.err == nil {
		w.err = flagsFromEnvironment(set, environ)
	}
	if w.err == nil {
		w.err = w.check(environ)
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
	var relay *relay
	if w.notify.Kind != "" { // else it is CMD's
		relay = takeRelay()
	}
	spec := w.spec()
	settleOutput(spec, w.output)
	if err := w.podDir.apply(spec, nil, spec.Main[0].Name); err != nil {
		return w.fail(err)
	}
	runtimes, err := w.runtimes(spec)
	if err != nil {
		return w.fail(err)
	}
	for _, text := range append(misspeltVariables(w.hold.set, os.Environ()), frozenInVain(spec), w.hold.inVain(spec)) {
		if text != "" {
			logger.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: text})
		}
	}
	run := podRun{spec: spec, logger: logger, runtimes: runtimes, control: w.control, listen: w.listen, answers: w.answers, relay: relay, podDir: w.podDir}
	// A plain wrapped command leaves no trace of its own in the file system.
	if w.crash.stateDir != "" || holds(spec, &spec.Main[0]) {
		run.crashes = newCrashes(w.crash, logger.Structured() || logger.Silent(), defaultTerminationLog)
		run.crashes.shared = true
	}
	result := runSpec(run)
	if run.crashes.report(spec.Main[0].Name) != nil {
		_ = run.crashes.tellMessage(summary(result, run.crashes)) // who reads it, hears the exit code at least
	}
	return result.Code
}

// runtimes puts a preset and options into CMD's environment before each start of it; nil
// where none are asked for. What is wrong with the options now ends nile: nobody is
// there to mend them while it tries again.
func (w *wrap) runtimes(spec *supervisor.Spec) (*runtimes, error) {
	main := &spec.Main[0]
	if w.preset == "" && w.options == "" && !holds(spec, main) {
		return nil, nil
	}
	r := &runtimes{spec: spec, stateDir: string(w.crash.stateDir), settings: map[string]runtimeSettings{main.Name: {preset: string(w.preset), optionsFile: w.options}}}
	r.setDumps()
	_, err := r.options(main.Name, &main.Process)
	return r, err
}

// spec is the pod of one command.
func (w *wrap) spec() *supervisor.Spec {
	spec := wrapSpec(w.argv)
	spec.Grace = time.Duration(w.grace)
	spec.Signals = w.rewrite
	spec.Remap = w.remap
	spec.WarnOrphans = bool(w.warnOnReap)
	w.hold.apply(spec)
	spec.Main[0].Notify = supervisor.Notify(w.notify)
	spec.Main[0].DependsOn = w.dependsOn
	spec.Wrap.Delays = w.delay
	if w.group {
		spec.Wrap.Scope = supervisor.ScopeGroup
	}
	if w.stopSignal != 0 {
		spec.Signals = maps.Clone(spec.Signals)
		if spec.Signals == nil {
			spec.Signals = map[int]int{}
		}
		spec.Signals[int(syscall.SIGTERM)] = int(w.stopSignal)
	}
	switch {
	case bool(w.waitAll):
		spec.Wrap.Leftovers = supervisor.LeftoversWait
	case bool(w.noTree):
		spec.Wrap.Leftovers = supervisor.LeftoversLeave
	}
	return spec
}

// wrapSpec is the pod of one command that nothing more is said of.
func wrapSpec(argv []string) *supervisor.Spec {
	return &supervisor.Spec{
		Name:          "nile",
		RestartPolicy: supervisor.RestartNever,
		Forward:       true,
		Main: []supervisor.Container{{
			Name:    early.Name(argv[0]),
			Process: supervisor.Process{Argv: argv, Env: os.Environ()},
		}},
	}
}

// allButTheEnd lowers the note of a wrapped command's end: the last line says the
// same.
func allButTheEnd(note func(supervisor.Note)) func(supervisor.Note) {
	return func(n supervisor.Note) {
		if n.To == string(supervisor.Failed) || n.To == string(supervisor.Completed) {
			n.Level = supervisor.LevelInfo
		}
		note(n)
	}
}

// fail reports a fault of nile's own, found before the command ran.
func (w *wrap) fail(err error) int {
	fmt.Fprintf(os.Stderr, "nile: %v\n", err)
	return exitOwnFault
}
