package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newStopCommand() *cobra.Command {
	return newOperateCommand(supervisor.VerbStop, &cobra.Command{
		Use:   "stop NAME",
		Short: "Stop a container and keep it stopped",
		Long: `Stops a container as at the end of the pod: preStop hook, stop signal, and
SIGKILL when the grace is over. It stays stopped, and the pod alive, until nile
start starts it again.`,
		Example: `  nile stop tomcat
  nile stop tomcat && nile start tomcat`,
	})
}
