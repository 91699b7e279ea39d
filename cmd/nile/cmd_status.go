package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
)

func newStatusCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var watch bool
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show the state of the pod and its containers",
		Long: `Asks the nile that runs in this container for the state of its pod, or of one
container. JSON and YAML have the fields of a PodStatus of the Kubernetes API,
and under "nile" what only nile has.`,
		Example: `  nile status
  nile status -o json tomcat`,
		Args:              oneAtMost,
		ValidArgsFunction: completeContainers(&control),
		RunE: func(cmd *cobra.Command, args []string) error {
			arguments := struct {
				Name string `json:"name,omitempty"`
			}{strings.Join(args, "")}
			ask := func(nile *client.Client) (*client.Status, error) {
				var status client.Status
				err := nile.Call(context.Background(), "status", arguments, &status)
				return &status, err
			}
			out := cmd.OutOrStdout()
			show := func(w io.Writer, status *client.Status) error {
				if format.structured() {
					return format.write(w, status)
				}
				return writeStatusTable(w, pageOf(out, format.wide()), status)
			}
			if watch {
				return watchStatus(&control, out, ask, show)
			}
			nile, err := control.dial(context.Background())
			if err != nil {
				return err
			}
			defer nile.Close()
			status, err := ask(nile)
			if err != nil {
				return asVerbError(err)
			}
			return failed(show(out, status))
		},
	}
	control.target(cmd.Flags())
	format.flag(cmd, formatTable, formatWide, formatJSON, formatYAML)
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "go on and show each change, until nile ends")
	return cmd
}
