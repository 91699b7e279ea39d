package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/jsonvalue"
)

func newEventsCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var since uint64
	var follow bool
	cmd := &cobra.Command{
		Use:   "events [NAME]",
		Short: "Show what has happened in the pod",
		Long: `Shows the last events of the pod, up to 1,024, or those of one container: every
change of a state and all else that nile has noted, also what is below the
level of its log. JSON is one object a line.`,
		Example: `  nile events
  nile events --follow -o json tomcat`,
		ValidArgsFunction: completeContainers(&control),
		Args:              oneAtMost,
		RunE: func(cmd *cobra.Command, args []string) error {
			arguments := struct {
				Since  uint64 `json:"since,omitempty"`
				Follow bool   `json:"follow,omitempty"`
				Name   string `json:"name,omitempty"`
			}{since, follow, strings.Join(args, "")}
			nile, err := control.dial(context.Background())
			if err != nil {
				return err
			}
			defer nile.Close()
			out := &eventPrinter{out: cmd.OutOrStdout(), format: &format}
			return asVerbError(nile.Stream(context.Background(), "events", arguments, out.print))
		},
	}
	control.target(cmd.Flags())
	format.flag(cmd, "text", formatWide, formatJSON)
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on and show events as they come, until nile ends")
	cmd.Flags().Uint64Var(&since, "since", 0, "only the events after the one of this number")
	return cmd
}

// eventPrinter prints events as they come.
type eventPrinter struct {
	out    io.Writer
	format *formatValue
}

func (p *eventPrinter) print(item json.RawMessage) error {
	if p.format.text == formatJSON {
		_, err := fmt.Fprintf(p.out, "%s\n", item)
		return failed(err)
	}
	var e struct {
		events.Event
		Lost uint64 `json:"lost"`
	}
	if err := jsonvalue.Unmarshal(item, &e); err != nil {
		return failed(fmt.Errorf("cannot read an event: %w", err))
	}
	if e.Lost > 0 {
		_, err := fmt.Fprintf(p.out, "… %d earlier events are no longer kept\n", e.Lost)
		return failed(err)
	}
	_, err := io.WriteString(p.out, eventLine(&e.Event, p.format.wide())+"\n")
	return failed(err)
}

// eventLine is an event for people.
func eventLine(e *events.Event, wide bool) string {
	text := e.Time.Local().Format("15:04:05.000")
	if wide {
		text = fmt.Sprintf("%d %s %s", e.Number, e.Time.Local().Format("2006-01-02T15:04:05.000Z07:00"), e.Level)
	}
	text += "  "
	if e.Name != "" {
		text += printable(e.Name) + " "
	}
	if e.Changed() {
		text += e.To + ": "
	} else if e.Name != "" {
		text += "- "
	}
	return text + printable(e.Message)
}
