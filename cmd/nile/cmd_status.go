package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/supervisor"
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

// page is what a table is to be shown on.
type page struct {
	width    int // in columns; 0 where nothing is to be cut
	coloured bool
}

// pageOf is the page of a stream.
func pageOf(w io.Writer, wide bool) page {
	if wide {
		return page{0, coloured(w)}
	}
	return page{terminalWidth(w), coloured(w)}
}

// writeStatusTable prints the state of a pod for people.
func writeStatusTable(w io.Writer, page page, status *client.Status) error {
	nile := &status.Nile
	ready, lasting := 0, len(nile.Containers)
	says := slices.ContainsFunc(nile.Containers, func(c client.Container) bool { return c.StatusText != "" })
	columns := []string{"NAME", "ROLE", "STATE", "READY", "RESTARTS", "PID", "AGE", "LAST END"}
	if says {
		columns = slices.Insert(columns, 7, "SAYS")
	}
	t := newTable(columns...)
	for i := range nile.Containers {
		c := &nile.Containers[i]
		if c.Schedule != nil {
			lasting--
		} else if c.Ready {
			ready++
		}
		pid := ""
		if c.PID != 0 {
			pid = strconv.Itoa(c.PID)
		}
		row := []string{c.Name, string(c.Role), string(c.State), yesOrNo(c.Ready), strconv.Itoa(c.Restarts), pid, ageOf(c, nile.Time), lastEnd(c, nile.Time)}
		if says {
			row = slices.Insert(row, 7, c.StatusText)
		}
		t.add(row...)
	}
	t.colour = func(row, column int) string {
		if column == 2 {
			return stateColour(nile.Containers[row].State)
		}
		return ""
	}
	since := ""
	if status.StartTime != nil {
		since = ", for " + age(nile.Time.Sub(*status.StartTime))
	}
	if _, err := fmt.Fprintf(w, "pod %s: %s%s, %d of %d ready\n\n", printable(nile.Pod), nile.State, since, ready, lasting); err != nil {
		return err
	}
	if nile.HeldSince != nil {
		held := fmt.Sprintf("held for %s: %s", age(nile.Time.Sub(*nile.HeldSince)), printable(nile.HeldBecause))
		if page.width > 0 {
			held = shorten(held, page.width)
		}
		if _, err := fmt.Fprintln(w, held); err != nil {
			return err
		}
		for i := range nile.Containers {
			if _, err := io.WriteString(w, heldText(&nile.Containers[i], page)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	text := t.text(page.width, page.coloured)
	for i := range nile.Containers {
		text += newsText(&nile.Containers[i], nile.Time, page)
	}
	_, err := io.WriteString(w, text)
	return err
}

// newsText is what watched files have told that somebody has to do something about.
func newsText(c *client.Container, now time.Time, page page) (text string) {
	for i := range c.Watch {
		w := &c.Watch[i]
		line := ""
		switch {
		case w.ChangedAt == nil:
		case c.State == supervisor.Held && c.Last != nil && w.ChangedAt.After(c.Last.FinishedAt):
			line = fmt.Sprintf("%s: %s has changed %s ago, while it was held: nile retry %s uses it", c.Name, w.Path, age(now.Sub(*w.ChangedAt)), c.Name)
		case w.Trouble != "":
			line = fmt.Sprintf("%s: the last command for a change failed (%d of %d did): %s", c.Name, w.Failures, w.Changes, w.Trouble)
		}
		if line == "" {
			continue
		}
		if line = printable(line); page.width > 0 {
			line = shorten(line, page.width)
		}
		text += "\n" + line + "\n"
	}
	return text
}

// heldText is why a container has failed that is held, and what there is to look at.
func heldText(c *client.Container, page page) string {
	text := ""
	add := func(line string) {
		if line = printable(line); page.width > 0 {
			line = shorten(line, page.width)
		}
		text += line + "\n"
	}
	if c.Cause != "" {
		add("cause of " + c.Name + ": " + c.Cause)
	}
	if c.Frozen {
		add("its process is kept: nile inspect " + c.Name + ", nile core FILE " + c.Name)
	}
	return text
}

func yesOrNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// ageOf is how long a container has been running.
func ageOf(c *client.Container, now time.Time) string {
	if !c.Running || c.StartedAt == nil {
		return ""
	}
	return age(now.Sub(*c.StartedAt))
}

// lastEnd is what the present start waits for, or what went wrong with it, or else how the
// last run ended; of a job also when it runs next.
func lastEnd(c *client.Container, now time.Time) string {
	text := howEnded(c, now)
	j := c.Schedule
	if j == nil {
		return text
	}
	if text != "" {
		text += "; "
	}
	if j.Next != nil {
		text += "next in " + age(j.Next.Sub(now)) + ", "
	}
	return text + fmt.Sprintf("%d runs, %d failed, %d skipped", j.Runs, j.Failures, j.Skipped)
}

func howEnded(c *client.Container, now time.Time) string {
	switch {
	case c.WaitsFor != "":
		return "waits for " + c.WaitsFor
	case c.Trouble != "":
		return c.Trouble
	case c.Last == nil:
		return ""
	}
	text := fmt.Sprintf("code %d", c.Last.ExitCode)
	if c.Last.Signal != "" {
		text = c.Last.Signal
	}
	text += ", " + age(now.Sub(c.Last.FinishedAt)) + " ago"
	if c.Backoff > 0 {
		text += ", restart after " + age(time.Duration(c.Backoff*float64(time.Second)))
	}
	for _, more := range []string{c.Last.Why, c.Last.Message} {
		if more = strings.TrimSpace(more); more != "" {
			text += ": " + more
		}
	}
	return text
}

// age renders a length of time in one or two units, as kubectl does.
func age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "0s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// stateColour is the colour of a state.
func stateColour(state supervisor.State) string {
	switch state {
	case supervisor.Running:
		return green
	case supervisor.Failed:
		return red
	case supervisor.BackingOff, supervisor.Retrying, supervisor.Stopping, supervisor.Killing, supervisor.Emptying:
		return yellow
	case supervisor.Waiting, supervisor.Starting, supervisor.Completed:
		return grey
	}
	return red // held
}
