package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newRetryCommand() *cobra.Command {
	var control controlValue
	arguments := operation{Wait: true}
	var noWait, debug bool
	var debugger debugging
	cmd := &cobra.Command{
		Use:   "retry [NAME] [-- CMD [ARG…]]",
		Short: "Start a container that is held again, perhaps differently",
		Long: `Starts a container that has failed and is held again, in its place: as the same
user, in the same directory, with its environment and output. NAME may be left
out where one container is held. A variable, further arguments or another
command are for this run only. When the container is ready the hold is over,
unless it is to be kept; if it fails again it is held again.

With --debug the language runtime is told, by its environment, to listen for a
debugger on the loopback interface, which kubectl port-forward reaches: java by
JDWP on port 5005, node by its inspector on 9229. For others it says what to do.`,
		Example: `  nile retry
  nile retry tomcat --env JAVA_OPTS=-Xmx1g
  nile retry tomcat --debug --suspend
  nile retry tomcat -- sh -c 'env; exec /app/run.sh'`,
		ValidArgsFunction: completeContainers(&control),
		Args: func(cmd *cobra.Command, args []string) error {
			return checkRetry(cmd, args, arguments.Env)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			if at < 0 {
				at = len(args)
			}
			arguments.Name, arguments.Command, arguments.Wait = strings.Join(args[:at], ""), args[at:], !noWait
			if debug || debugger != (debugging{}) {
				arguments.Debug = &debugger
			}
			return control.operate(cmd.OutOrStdout(), supervisor.VerbRetry, arguments)
		},
	}
	control.target(cmd.Flags())
	noWaitFlag(cmd, &noWait)
	cmd.Flags().StringArrayVar(&arguments.Env, "env", nil, "a variable for this run, NAME=VALUE; repeatable")
	cmd.Flags().StringArrayVar(&arguments.Args, "arg", nil, "one more argument for this run; repeatable")
	cmd.Flags().BoolVar(&arguments.KeepHeld, "keep-held", false, "keep the pod held, and not ready, though the container runs")
	cmd.Flags().BoolVar(&debug, "debug", false, "make the language runtime listen for a debugger")
	cmd.Flags().IntVar(&debugger.Port, "debug-port", 0, "the port for the debugger; 0 for the runtime's usual one; implies --debug")
	cmd.Flags().BoolVar(&debugger.Suspend, "suspend", false, "let the program wait for the debugger before it begins; implies --debug")
	return cmd
}

// checkRetry refuses what no retry can be made of.
func checkRetry(cmd *cobra.Command, args, env []string) error {
	names := len(args)
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		names = at
		if at == len(args) {
			return usageErrorf("no command after \"--\": %s", cmd.UseLine())
		}
	}
	if names > 1 {
		return usageErrorf("name one container: %s", cmd.UseLine())
	}
	for _, entry := range env {
		if strings.IndexByte(entry, '=') < 1 {
			return usageErrorf("cannot set the variable %q: write NAME=VALUE", entry)
		}
	}
	return nil
}
