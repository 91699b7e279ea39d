package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
)

func newLogsCommand() *cobra.Command {
	var control controlValue
	var o client.LogOptions
	lines := -1
	cmd := &cobra.Command{
		Use:   "logs [NAME]",
		Short: "Show the last output of a container",
		Long: `Prints what nile has kept of a container's output: the last 64 KiB of each
stream of its present or latest run, if its manifest says nothing else. It is
kept wherever nile is in between: not for a container whose output is
inherited. The bytes are printed as they came, escape sequences included. NAME
may be left out where the pod has one main container.

With --follow it goes on with what is printed from then on, over restarts,
until the container has ended for good. A reader that is too slow loses output
and is told how much; nobody else has to wait.`,
		Example: `  nile logs --previous tomcat
  nile logs --follow --tail 20 --stream stderr tomcat`,
		ValidArgsFunction: completeContainers(&control),
		Args:              oneAtMost,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = strings.Join(args, "")
			if lines >= 0 {
				o.Tail = &lines
			}
			return printLogs(context.Background(), &control, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVarP(&o.Follow, "follow", "f", false, "go on with what is printed from now on, over restarts")
	cmd.Flags().BoolVarP(&o.Previous, "previous", "p", false, "show the run before the present or latest one")
	cmd.Flags().IntVar(&lines, "tail", lines, "begin with so many of the last lines; -1 for all that are kept")
	cmd.Flags().StringVar(&o.Stream, "stream", "", "show one stream alone: stdout or stderr")
	completeFlag(cmd, "stream", []string{"stdout", "stderr"})
	control.target(cmd.Flags())
	return cmd
}

// printLogs prints the output of a container. What was lost on the way is told on
// stderr.
func printLogs(ctx context.Context, control *controlValue, o client.LogOptions, stdout, stderr io.Writer) error {
	nile, err := control.dial(ctx)
	if err != nil {
		return err
	}
	defer nile.Close()
	var printing error
	err = nile.Logs(ctx, o, func(p client.LogPiece) error {
		if p.Lost > 0 {
			fmt.Fprintf(stderr, "nile: %d bytes of output are missing here: they came faster than they were read\n", p.Lost)
		}
		_, printing = stdout.Write(p.Data)
		return printing
	})
	switch {
	case printing != nil:
		return failed(printing)
	case o.Follow && errors.Is(err, client.ErrEnded):
		return nil // the pod has ended, and with it the output
	}
	return asVerbError(err)
}
