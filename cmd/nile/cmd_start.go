package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newStartCommand() *cobra.Command {
	return newOperateCommand(supervisor.VerbStart, &cobra.Command{
		Use:   "start NAME",
		Short: "Start a container that does not run",
		Long: `Starts a container that was stopped, has ended, or waits for its restart: then
at once. It is done when the process has run for a quarter of a second; one
that cannot be started, or has ended by then, is an error.`,
		Example: `  nile start tomcat
  nile start --no-wait tomcat`,
	})
}

// newOperateCommand makes the verb of a container that waits for what comes of it.
func newOperateCommand(verb supervisor.Verb, cmd *cobra.Command) *cobra.Command {
	var control controlValue
	var noWait bool
	cmd.Args = oneContainer
	cmd.ValidArgsFunction = completeContainers(&control)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return control.operate(cmd.OutOrStdout(), verb, operation{Name: args[0], Wait: !noWait})
	}
	control.target(cmd.Flags())
	noWaitFlag(cmd, &noWait)
	return cmd
}

func noWaitFlag(cmd *cobra.Command, noWait *bool) {
	cmd.Flags().BoolVar(noWait, "no-wait", false, "do not wait until it is done")
}

// oneContainer wants exactly one argument.
func oneContainer(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageErrorf("name one container: %s", cmd.UseLine())
	}
	return nil
}
