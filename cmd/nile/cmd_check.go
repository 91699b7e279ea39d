package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/signals"
)

// checkTime is how long nile may take to answer a check.
const checkTime = 5 * time.Second

func newCheckCommand() *cobra.Command {
	var control controlValue
	cmd := &cobra.Command{
		Use:   "check live|ready|started [NAME]",
		Short: "Tell by the exit code whether the pod is live, ready or started",
		Long: `For probes of Kubernetes and scripts: ends with 0 where it is so, with 1 where
it is not, and says which container is not. The pod, or one container, is live
while nile answers, also while it is held; it is ready when all its sidecars
and containers are, and never while it is held. It costs a few milliseconds.`,
		Example: `  nile check ready
  nile check live tomcat`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return checks, cobra.ShellCompDirectiveNoFileComp
			}
			return completeContainers(&control)(cmd, args[1:], word)
		},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usageErrorf("say what to check: %s", cmd.UseLine())
			}
			return oneOf("cannot check", args[0], checks)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if code := (&check{control: control, what: args[0], name: strings.Join(args[1:], "")}).run(); code != 0 {
				return &exitError{code: code}
			}
			return nil
		},
	}
	control.target(cmd.Flags())
	return cmd
}

// check is `nile check`.
type check struct {
	control    controlValue
	what, name string
}

// parseCheck reads the plain form of the verb. Setting up all the verbs costs more than
// to ask; a probe asks every few seconds.
func parseCheck(args []string) (c *check, ok bool) {
	if len(args) < 2 || len(args) > 3 || args[0] != "check" || !slices.Contains(checks, args[1]) {
		return nil, false
	}
	c = &check{what: args[1]}
	if len(args) == 3 {
		c.name = args[2]
	}
	return c, !strings.HasPrefix(c.name, "-")
}

// run asks and returns the exit code.
func (c *check) run() int {
	signals.Release()
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	arguments := struct {
		What string `json:"what"`
		Name string `json:"name,omitempty"`
	}{c.what, c.name}
	nile, err := client.Dial(ctx, client.Options{Path: string(c.control)})
	var result checked
	if err == nil {
		defer nile.Close()
		err = nile.Call(ctx, "check", arguments, &result)
	}
	if err != nil {
		return verbError(err).tell()
	}
	fmt.Fprintln(os.Stdout, printable(result.Message))
	if !result.OK {
		return exitFailed
	}
	return 0
}
