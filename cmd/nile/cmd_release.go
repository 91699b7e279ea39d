package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/supervisor"
)

func newReleaseCommand() *cobra.Command {
	var control controlValue
	var code int
	cmd := &cobra.Command{
		Use:   "release",
		Short: "End the hold, and the pod with it",
		Long: `Ends a hold: what is held has failed for good then, and the pod ends where its
policies say so, with the exit code of the container that was held or another
one.`,
		Example: `  nile release
  nile release --code 0`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageErrorf("cannot understand %q: nile release ends the hold of all containers", args[0])
			}
			if code < 0 || code > 255 {
				return usageErrorf("%d is no exit code: use a number from 0 to 255", code)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			var arguments operation
			if cmd.Flags().Changed("code") {
				arguments.Code = &code
			}
			return control.operate(cmd.OutOrStdout(), supervisor.VerbRelease, arguments)
		},
	}
	control.target(cmd.Flags())
	cmd.Flags().IntVar(&code, "code", 0, "the exit code, in place of the one of the container that was held")
	return cmd
}
