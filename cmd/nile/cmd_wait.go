package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
)

func newWaitCommand() *cobra.Command {
	var control controlValue
	var condition string
	var timeout durationValue
	cmd := &cobra.Command{
		Use:   "wait [NAME]",
		Short: "Wait until a container is ready, has exited, …",
		Long: `Waits until a container is ready, has started, has exited, is held or is
stopped, which it may be already. Without NAME it is the pod's only main
container; --for=held is then true as soon as any container is held. Exit code
3 means that it was not so in time, or that the pod has ended before.`,
		Example: `  nile wait --for=ready --timeout 30s tomcat
  nile wait --for=exited migrate && echo done`,
		ValidArgsFunction: completeContainers(&control),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageErrorf("name one container: %s", cmd.UseLine())
			}
			return oneOf("cannot wait for", condition, waitConditions)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return waitUntil(cmd.OutOrStdout(), &control, strings.Join(args, ""), condition, time.Duration(timeout))
		},
	}
	control.target(cmd.Flags())
	cmd.Flags().StringVar(&condition, "for", "ready", "what to wait for: "+orList(waitConditions))
	completeFlag(cmd, "for", waitConditions)
	cmd.Flags().Var(&timeout, "timeout", "how long to wait at most; 0s for ever")
	return cmd
}

// waitUntil waits until a container is as somebody wants it, for a time at most; 0 is for ever.
func waitUntil(out io.Writer, control *controlValue, name, condition string, timeout time.Duration) error {
	ctx := context.Background()
	nile, err := control.dial(ctx)
	if err != nil {
		return err
	}
	defer nile.Close()
	if timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		ctx = limited
	}
	arguments := struct {
		Name string `json:"name,omitempty"`
		For  string `json:"for"`
	}{name, condition}
	var c client.Container
	progress := startProgress(os.Stderr)
	err = nile.CallItems(ctx, "wait", arguments, progress.item, &c)
	progress.stop()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{code: exitOtherState, err: fmt.Errorf("%s is not %s after %s: see nile status", orTheContainer(name, condition), condition, timeout)}
	case errors.Is(err, client.ErrEnded):
		return &exitError{code: exitOtherState, err: err}
	case err != nil:
		return asVerbError(err)
	}
	_, err = fmt.Fprintf(out, "%s %s\n", printable(c.Name), waitedFor(condition, &c))
	return failed(err)
}

func orTheContainer(name, condition string) string {
	switch {
	case name != "":
		return name
	case condition == "held":
		return "the pod"
	}
	return "the container"
}

// waitedFor says how a container is.
func waitedFor(condition string, c *client.Container) string {
	if condition != "exited" {
		return "is " + condition
	}
	if c.Last.Signal != "" {
		return "was ended by " + c.Last.Signal
	}
	return fmt.Sprintf("exited with code %d", c.Last.ExitCode)
}
