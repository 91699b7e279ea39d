package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newSignalCommand() *cobra.Command {
	var control controlValue
	cmd := &cobra.Command{
		Use:   "signal NAME SIGNAL",
		Short: "Send a signal to the process of a container",
		Long: `Sends a signal to a container's process, or to its process group where the
manifest's killMode is Group. SIGNAL is a name or a number, such as HUP,
SIGUSR1, RTMIN+3 or 15.`,
		Example: `  nile signal nginx HUP
  nile signal tomcat QUIT`,
		ValidArgsFunction: completeContainers(&control),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageErrorf("name a container and a signal: %s", cmd.UseLine())
			}
			_, err := parseSignal(args[1])
			if _, swapped := parseSignal(args[0]); err != nil && swapped == nil {
				return usageErrorf("%w; the container comes first: nile signal %s %s", err, args[1], args[0])
			}
			if err != nil {
				return usageErrorf("%w", err)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return control.operate(cmd.OutOrStdout(), supervisor.VerbSignal, operation{Name: args[0], Signal: args[1]})
		},
	}
	control.target(cmd.Flags())
	return cmd
}
