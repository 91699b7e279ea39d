package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/signals"
)

// execute runs a verb and returns nile's exit code.
func execute(args []string) int {
	root := newRootCommand(args...)
	root.SetArgs(args)
	verb, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		// What cobra itself finds is wrong with the command line.
		exit = &exitError{code: usageCode(verb), err: err}
	}
	return exit.tell()
}

// usageCode is the exit code of a command line that is wrong: what runs something has not
// even begun, which its caller must tell from the end of what it runs.
func usageCode(cmd *cobra.Command) int {
	if !cmd.HasParent() || cmd.Name() == "run" {
		return exitOwnFault
	}
	return exitUsage
}

// tell says what is wrong, where that has not been said, and returns the exit code.
func (e *exitError) tell() int {
	if e.err != nil && e.Error() != "" {
		fmt.Fprintf(os.Stderr, "nile: %v\n", e.err)
	}
	return e.code
}

const rootLong = `nile runs as PID 1 of a container, or as the entrypoint of a container in a pod
that shares its PID namespace. It runs one command, or the processes of a
Kubernetes Pod manifest with init steps, sidecars and restart policies; it reaps
zombies, passes signals on and ends everything in order.

  nile -- CMD [ARG…]   runs one command and ends with its exit code
  nile run FILE        runs a Pod manifest

Every flag of what runs something can be given as an environment variable as
well: NILE_LOG_LEVEL is --log-level. The command line goes before the
environment.`

const rootExample = `  nile -- java -jar app.jar
  nile run /etc/nile/pod.yaml`

// newRootCommand makes the command line with all its verbs. Where args, if given, ask for
// `run` it has no others: nile lives as long as its container, and what is made for them
// would live as long.
func newRootCommand(args ...string) *cobra.Command {
	var wantsVersion bool
	root := &cobra.Command{
		Use:           "nile [flags] -- CMD [ARG…]",
		Short:         "nile is the init process for pods",
		Long:          rootLong,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          func(cmd *cobra.Command, rest []string) error { return unknownVerb(cmd, args, rest) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if wantsVersion {
				return printVersion(cmd.OutOrStdout(), ownBuild(), "text")
			}
			_ = cmd.Usage()
			return &exitError{code: exitOwnFault, err: errors.New("nothing to run: write nile -- CMD [ARG…], or nile run FILE")}
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Name() != "run" {
				signals.Release() // a verb is an ordinary program that ^C ends
			}
			if err := flagsFromEnvironment(flagsWithVariables(cmd), os.Environ()); err != nil {
				return &exitError{code: usageCode(cmd), err: err}
			}
			return nil
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	if len(args) > 0 && args[0] == "run" {
		root.CompletionOptions.DisableDefaultCmd = true
		root.AddCommand(newRunCommand())
	} else {
		addVerbs(root)
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &exitError{code: usageCode(cmd), err: flagError(cmd.Flags(), err, cmd.CommandPath())}
	})
	root.SetUsageFunc(usage)
	root.Flags().SortFlags = false
	// What comes after a command that somebody has written without "--" is the command's.
	root.Flags().SetInterspersed(false)
	root.Flags().BoolVar(&wantsVersion, "version", false, "print the version, as nile version does")
	if len(args) == 0 || args[0] != "run" || slices.ContainsFunc(args, asksForHelp) {
		describeVariables(root)
	}
	return root
}

// asksForHelp tells whether an argument may be the flag of that.
func asksForHelp(arg string) bool {
	return strings.HasPrefix(arg, "-h") || strings.HasPrefix(arg, "--help")
}

// addVerbs adds all verbs, and the flags of `nile -- CMD`.
func addVerbs(root *cobra.Command) {
	var w wrap
	w.flags(root.Flags())
	root.AddCommand(newRunCommand(), newValidateCommand(), newSchemaCommand(), newCopyCommand(), newInstallCommand(), newToolboxCommand(), newVersionCommand())
	root.AddCommand(newStatusCommand(), newEventsCommand(), newWaitCommand(), newCheckCommand())
	root.AddCommand(newStartCommand(), newStopCommand(), newRestartCommand(), newReloadCommand(), newSignalCommand(), newRetryCommand(), newReleaseCommand())
	root.AddCommand(newLogsCommand(), newReportCommand(), newShellCommand())
	root.AddCommand(newPsCommand(), newTreeCommand(), newTopCommand())
	root.AddCommand(newExecCommand(), newInspectCommand(), newCoreCommand())
	root.AddCommand(newCompletionCommand())
	refuseUnknownTopics(root)
}

// describeVariables names in each flag's help the variable that sets it.
func describeVariables(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		flagsWithVariables(cmd).VisitAll(func(f *pflag.Flag) {
			f.Usage += " [" + variable(f.Name) + "]"
		})
	}
}

// flagsWithVariables are the flags of a command that an environment variable may set:
// all of those that run something. What asks a running nile is typed where the variables
// of that nile are set too, which are not meant for it: only those that say where it
// is, and what it has left, count.
func flagsWithVariables(cmd *cobra.Command) *pflag.FlagSet {
	asks := cmd.HasParent() && cmd.Name() != "run" && cmd.Flags().Lookup("control") != nil
	set := pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if hasVariable(f) && (!asks || f.Name == "control" || f.Name == "state-dir") {
			set.AddFlag(f)
		}
	})
	return set
}
