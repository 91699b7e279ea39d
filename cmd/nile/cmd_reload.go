package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/supervisor"
)

func newReloadCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var dryRun, noWait bool
	cmd := &cobra.Command{
		Use:   "reload [FILE]",
		Short: "Take on a changed manifest, with the least change",
		Long: `Has the nile that runs in this container read its manifest again and do the
least that makes the pod what that says: it starts what is new, stops what is
gone, restarts what has changed, and touches nothing else. FILE is another
manifest, in its place from now on. Variables and options that come from files
are read again too.

A manifest with an error is refused whole: all errors are shown, and the pod
goes on as it was. With --dry-run it is only said what would be done, and why:
which fields have changed, never their values.

It is done when what was started runs and what was removed is gone. The exit
code is 0 then, 1 if it was refused or a container did not come up, 2 for a
wrong command line, 3 if the pod is ending or just starts all containers anew.`,
		Example: `  nile reload --dry-run
  nile reload
  nile reload --dry-run -o json /tmp/new.yaml`,
		Args: oneAtMost,
		RunE: func(cmd *cobra.Command, args []string) error {
			arguments := reloadArguments{DryRun: dryRun, Wait: !noWait}
			if file := strings.Join(args, ""); file != "" {
				path, err := filepath.Abs(file)
				if err != nil || file == "-" {
					return usageErrorf("cannot read %q: name a file, which nile reads itself", file)
				}
				arguments.File = path
			}
			result, err := control.reload(arguments)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format.structured() {
				return format.write(out, result)
			}
			return failed(writeChanges(out, result, format.wide()))
		},
	}
	control.target(cmd.Flags())
	format.flag(cmd, formatTable, formatWide, formatJSON, formatYAML)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be done, and do nothing")
	noWaitFlag(cmd, &noWait)
	return cmd
}

// reload calls the verb and shows, on standard error, what is wrong in the manifest.
func (c *controlValue) reload(arguments reloadArguments) (*reloaded, error) {
	nile, err := c.dial(context.Background())
	if err != nil {
		return nil, err
	}
	defer nile.Close()
	progress := startProgress(os.Stderr)
	var result reloaded
	err = nile.CallItems(context.Background(), "reload", arguments, func(text json.RawMessage) error {
		var item reloadItem
		if err := jsonvalue.Unmarshal(text, &item); err != nil {
			return fmt.Errorf("cannot read nile's answer: %w", err)
		}
		if item.Problem != "" {
			fmt.Fprintln(os.Stderr, printable(item.Problem))
			return nil
		}
		return progress.item(text)
	}, &result)
	progress.stop()
	return &result, asVerbError(err)
}

// writeChanges prints what is done, or would be, as a table.
func writeChanges(w io.Writer, result *reloaded, wide bool) error {
	table := newTable("CONTAINER", "ACTION", "WHY")
	for i := range result.Changes {
		c := &result.Changes[i]
		name := c.Name
		if name == "" {
			name = "(pod)"
		}
		table.add(name, string(c.Action), whyChanged(c))
	}
	if len(result.Changes) > 0 {
		if err := table.write(w, wide); err != nil {
			return err
		}
	}
	untouched := fmt.Sprintf("%d containers are not touched", result.Untouched)
	if result.Untouched == 1 {
		untouched = "1 container is not touched"
	}
	message := printable(result.Message)
	if result.DryRun {
		message = "nothing is changed by this dry run"
	}
	_, err := fmt.Fprintf(w, "%s; %s\n", message, untouched)
	return err
}

// whyChanged says why something is done to a container.
func whyChanged(c *supervisor.Change) string {
	why := strings.Join(c.Fields, ", ")
	switch c.Action {
	case supervisor.ChangeStart:
		why = "new"
	case supervisor.ChangeStop:
		why = "no longer in the manifest"
	case supervisor.ChangeRestart, supervisor.ChangeUpdate:
	}
	if why != "" && c.Note != "" {
		why += "; "
	}
	return why + c.Note
}
