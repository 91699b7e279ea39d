package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/presets"
)

func newExecCommand() *cobra.Command {
	var control controlValue
	cmd := &cobra.Command{
		Use:   "exec [NAME] -- CMD [ARG…]",
		Short: "Run a command as a container's process would",
		Long: `Runs a command with what a container's process was started with: its user and
groups, environment, directory, umask, limits and capabilities. It takes the
place of nile exec, on its terminal, and is no child of the nile that runs the
pod. The container need not run. NAME may be left out where one container is
held, or where the pod has one main container.

Where root enters the pod of another user's nile, the command is that user's,
and can gain no privileges (no_new_privs), whatever that nile says.`,
		Example: `  nile exec tomcat -- env
  nile exec -- sh -c 'id; ulimit -a'`,
		ValidArgsFunction: completeContainers(&control),
		Args: func(cmd *cobra.Command, args []string) error {
			switch at := cmd.ArgsLenAtDash(); {
			case at < 0:
				return usageErrorf("write \"--\" before the command: nile exec NAME -- CMD [ARG…]")
			case at > 1:
				return usageErrorf("name one container: %s", cmd.UseLine())
			case at == len(args):
				return usageErrorf("no command after \"--\": %s", cmd.UseLine())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			nile, err := control.dial(context.Background())
			if err != nil {
				return err
			}
			defer nile.Close()
			process, err := nile.Process(context.Background(), strings.Join(args[:at], ""))
			if err != nil {
				return asVerbError(err)
			}
			process.Env = presets.WithoutDebugger(process.Env)
			return become(nile.Peer(), process, args[at:])
		},
	}
	control.target(cmd.Flags())
	return cmd
}
