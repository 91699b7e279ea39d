package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/logging"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/supervisor"
)

// defaultManifest is what `nile run` runs when it is given no file.
const defaultManifest = "/etc/nile/pod.yaml"

// runVerb is `nile run`.
type runVerb struct {
	log     logOptions
	dryRun  bool
	output  outputValue
	hold    holdOptions
	crash   crashOptions
	end     report
	control controlValue
	listen  listenValue
	answers answersValue
	podDir  podDirOptions
}

func newRunCommand() *cobra.Command {
	var v runVerb
	cmd := &cobra.Command{
		Use:   "run [FILE]",
		Short: "Run the processes of a Pod manifest",
		Long: `Runs the init containers of a Pod manifest in order, then its sidecars and
containers, restarts them by the manifest's policies as the kubelet would, and
ends them in order on SIGTERM. Without FILE it runs ` + defaultManifest + `;
"-" reads the manifest from standard input.

The exit code is 0 when every container has ended in success; else that of the
init container that failed for good, or of the first container, in the order of
the manifest, that ended in failure. 125 means that the manifest is bad and
nothing was run.`,
		Example: `  nile run pod.yaml
  nile run --dry-run pod.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() >= 0 && len(args) > 1 {
				return fmt.Errorf("nile run runs a manifest; to run a command write: nile -- %s", strings.Join(args, " "))
			}
			return oneAtMost(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := defaultManifest
			if len(args) == 1 {
				file = args[0]
			}
			return v.run(cmd, file)
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func (v *runVerb) flags(set *pflag.FlagSet) {
	v.log.flags(set, "info")
	v.control.flag(set)
	v.hold.flags(set)
	v.crash.flags(set)
	v.listen.flag(set)
	v.answers.flag(set)
	v.podDir.flags(set, "metadata.name of the manifest")
	set.Var(&v.output, "output", "what becomes of the output of containers that don't say so themselves: inherit (if there is one container), prefix (if there are several) or json")
	set.StringVar(&v.end.terminationLog, "termination-log", defaultTerminationLog, "a file that gets a summary of how the pod ended, if it is there; empty for none")
	set.StringVar(&v.end.statusFile, "status-file", "", "a file that gets the pod's last status as JSON, in the words of the Pod API")
	set.BoolVar(&v.dryRun, "dry-run", false, "print order, waits and resolved commands, and run nothing")
}

func (v *runVerb) run(cmd *cobra.Command, file string) error {
	relay := takeRelay()
	pod, err := loadPod(file)
	if err != nil {
		return asOwnFault(withRemedy(file, err))
	}
	v.hold.apply(&pod.Spec)
	v.crash.apply(pod)
	if err := v.podDir.apply(&pod.Spec, pod, pod.Name); err != nil {
		return asOwnFault(err)
	}
	if v.dryRun {
		if err := writePlan(cmd.OutOrStdout(), pod, v.crash); err != nil {
			return asOwnFault(err)
		}
		return nil
	}
	logger, err := v.log.logger()
	if err != nil {
		return asOwnFault(err)
	}
	v.warn(cmd.Flags(), pod, logger.Note)
	run := v.podRun(pod, file, logger)
	run.relay = relay
	result := runSpec(run)
	if err := v.end.write(result, run.crashes); err != nil {
		logger.Note(supervisor.Note{Level: supervisor.LevelError, Why: err.Error()})
		logger.Flush()
	}
	if result.Code != 0 {
		return &exitError{code: result.Code}
	}
	return nil
}

// podRun is how the pod is run.
func (v *runVerb) podRun(pod *manifest.Pod, file string, logger *logging.Logger) podRun {
	run := podRun{
		spec: &pod.Spec, logger: logger, pod: pod, control: v.control, listen: v.listen, answers: v.answers, file: again(file), podDir: v.podDir,
		chosen: settleOutput(&pod.Spec, v.output), output: v.output,
		prepare:  func(pod *manifest.Pod) { v.hold.apply(&pod.Spec) },
		runtimes: runtimesOf(pod),
		crashes:  newCrashes(v.crash, logger.Structured() || logger.Silent(), v.end.terminationLog),
	}
	run.runtimes.stateDir = string(v.crash.stateDir)
	return run
}

// warn tells of what is accepted and is probably not what somebody wants.
func (v *runVerb) warn(flags *pflag.FlagSet, pod *manifest.Pod, note func(supervisor.Note)) {
	tellFields(pod, note)
	for _, text := range append(misspeltVariables(flags, os.Environ()), v.hold.inVain(&pod.Spec)) {
		if text != "" {
			note(supervisor.Note{Level: supervisor.LevelWarn, Why: text})
		}
	}
}

// tellFields tells of the fields of a manifest about which there is something to say.
func tellFields(pod *manifest.Pod, note func(supervisor.Note)) {
	for _, field := range pod.Warnings {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: field.Position() + ": " + field.Text()})
	}
	if text := frozenInVain(&pod.Spec); text != "" {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: text})
	}
	for _, field := range pod.NotCarriedOut {
		note(supervisor.Note{Level: supervisor.LevelWarn, Why: fmt.Sprintf("%s: %s is not carried out by this version of nile", field.Position(), field.Path)})
	}
}

// again is the path from which a manifest can be read again; empty where it came from
// standard input.
func again(file string) string {
	path, err := filepath.Abs(file)
	if file == "-" || err != nil {
		return ""
	}
	return path
}

// processOf reads, before each start, the variables that a container takes from
// files.
func processOf(pod *manifest.Pod) func(string) (*supervisor.Process, error) {
	return func(name string) (*supervisor.Process, error) {
		if !pod.ReadsFiles(name) {
			return nil, nil
		}
		process, err := pod.Process(name)
		return &process, err
	}
}

// asOwnFault makes an error nile's own fault, unless it knows better.
func asOwnFault(err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return &exitError{code: exitOwnFault, err: err}
}
