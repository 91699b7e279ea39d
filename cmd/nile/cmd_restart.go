package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newRestartCommand() *cobra.Command {
	return newOperateCommand(supervisor.VerbRestart, &cobra.Command{
		Use:   "restart NAME",
		Short: "Stop a container and start it again",
		Long: `Stops a container with its grace and starts it again at once, or starts one
that does not run. Whatever its restart policy says, no back-off is waited for.
It is done when the new process runs.`,
		Example: `  nile restart tomcat
  nile restart --no-wait tomcat`,
	})
}
