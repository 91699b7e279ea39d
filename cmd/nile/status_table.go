package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/supervisor"
)

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

// cut shortens a line to the page's width.
func (p page) cut(line string) string {
	if p.width > 0 {
		return shorten(line, p.width)
	}
	return line
}

// writeStatusTable prints the state of a pod for people.
func writeStatusTable(w io.Writer, page page, status *client.Status) error {
	nile := &status.Nile
	text := podLine(status) + "\n\n"
	if nile.HeldSince != nil {
		text += page.cut(fmt.Sprintf("held for %s: %s", age(nile.Time.Sub(*nile.HeldSince)), printable(nile.HeldBecause))) + "\n"
		for i := range nile.Containers {
			text += heldText(&nile.Containers[i], page)
		}
		text += "\n"
	}
	text += containerTable(nile).text(page.width, page.coloured)
	for i := range nile.Containers {
		text += newsText(&nile.Containers[i], nile.Time, page)
	}
	_, err := io.WriteString(w, text)
	return err
}

// podLine says how the pod as a whole is. Jobs are not counted: they come and go.
func podLine(status *client.Status) string {
	nile := &status.Nile
	ready, lasting := 0, len(nile.Containers)
	for i := range nile.Containers {
		if c := &nile.Containers[i]; c.Schedule != nil {
			lasting--
		} else if c.Ready {
			ready++
		}
	}
	since := ""
	if status.StartTime != nil {
		since = ", for " + age(nile.Time.Sub(*status.StartTime))
	}
	return fmt.Sprintf("pod %s: %s%s, %d of %d ready", printable(nile.Pod), nile.State, since, ready, lasting)
}

// containerTable has a row for each container. What processes say of themselves has a column
// where one says something.
func containerTable(nile *client.NileStatus) *table {
	says := slices.ContainsFunc(nile.Containers, func(c client.Container) bool { return c.StatusText != "" })
	columns := []string{"NAME", "ROLE", "STATE", "READY", "RESTARTS", "PID", "AGE", "LAST END"}
	if says {
		columns = slices.Insert(columns, 7, "SAYS")
	}
	t := newTable(columns...)
	for i := range nile.Containers {
		c := &nile.Containers[i]
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
	return t
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
		text += "\n" + page.cut(printable(line)) + "\n"
	}
	return text
}

// heldText is why a container has failed that is held, and what there is to look at.
func heldText(c *client.Container, page page) string {
	text := ""
	add := func(line string) { text += page.cut(printable(line)) + "\n" }
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
