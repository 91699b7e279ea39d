package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

const topLong = `Shows, again and again, the state of the pod, what each of its containers uses,
and the processes. What is used of the processors is measured from one look to
the next; the memory of the whole container comes from its cgroup, with the
page cache.

Keys on a terminal:
  up, down    select a container       r  restart it (asks first)
  l           show its logs            s  stop it (asks first)
  t           processes as a tree      q  quit
  page up, page down: scroll the processes; ^Z suspends

Without a terminal, on one that only scrolls (TERM=dumb), and with --once, -n
or a format for programs it prints all that as text, once per interval.`

const topExample = `  nile top

  # What is used during five seconds, as text:
  nile top --once --interval 5s`

const minInterval = 100 * time.Millisecond

// newTopCommand is `nile top`.
func newTopCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var times int
	var once bool
	interval := 2 * time.Second
	cmd := &cobra.Command{
		Use:     "top [flags]",
		Short:   "Show what the containers and processes use, live",
		Long:    topLong,
		Example: topExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case interval < minInterval || interval > maxInterval:
				return usageErrorf("cannot look every %s: choose an interval from %s to %s", interval, minInterval, maxInterval)
			case times < 0:
				return usageErrorf("cannot look %d times: choose 1 or more, or 0 for no end", times)
			case once && times > 1:
				return usageErrorf("cannot look once and %d times: choose one of --once and -n", times)
			case once:
				times = 1
			}
			if times > 0 || format.structured() || !isScreen() {
				return printTop(cmd.OutOrStdout(), &control, &format, interval, times)
			}
			return showTop(&control, interval)
		},
	}
	cmd.Flags().DurationVar(&interval, "interval", interval, "the time from one look to the next")
	cmd.Flags().IntVarP(&times, "iterations", "n", 0, "print it as text so many times and end; 0 for no end")
	cmd.Flags().BoolVar(&once, "once", false, "print it as text, once: -n 1")
	control.target(cmd.Flags())
	format.flag(cmd, formatTable, formatJSON, formatYAML)
	return cmd
}

// isScreen tells whether there is a terminal to draw on and to type at.
func isScreen() bool {
	kind := os.Getenv("TERM")
	return kind != "" && kind != "dumb" && isTerminal(os.Stdin) && isTerminal(os.Stdout)
}

// printTop prints what is used as text, so many times; 0 is without end.
func printTop(out io.Writer, control *controlValue, format *formatValue, interval time.Duration, times int) error {
	sampler := topSampler{control: control}
	defer sampler.close()
	// The first look is the beginning of what is measured.
	if _, err := sampler.sample(); err != nil {
		return failed(err)
	}
	for i := 0; times == 0 || i < times; i++ {
		time.Sleep(interval)
		s, err := sampler.sample()
		if err != nil {
			return failed(err)
		}
		if format.structured() {
			err = format.write(out, s.entry())
		} else {
			view := topView{width: terminalWidth(out), colour: coloured(out), selected: -1}
			text := view.page(s)
			if i > 0 {
				text = "\n" + text
			}
			_, err = io.WriteString(out, text)
		}
		if err != nil {
			return failed(err)
		}
	}
	return nil
}

// entry is a sample for programs.
func (s *topSample) entry() map[string]any {
	list := make([]*processEntry, len(s.Processes))
	for i := range s.Processes {
		list[i] = s.scene.entry(&s.Processes[i])
	}
	entry := map[string]any{"time": time.Now(), "processes": list, "neglecting": s.Neglecting(), "hidden": s.Hidden}
	if s.memory.Current >= 0 {
		entry["memoryBytes"] = s.memory.Current
	}
	if s.memory.Limit > 0 {
		entry["memoryLimitBytes"] = s.memory.Limit
	}
	if s.nile == nil {
		return entry
	}
	type container struct {
		Name      string  `json:"name"`
		State     string  `json:"state"`
		Restarts  int     `json:"restarts"`
		Processes int     `json:"processes"`
		Resident  uint64  `json:"residentBytes"`
		Share     float64 `json:"cpu"` // of one processor
	}
	containers := []container{}
	for i, sum := range s.sums {
		c := &s.nile.Nile.Containers[i]
		containers = append(containers, container{c.Name, string(c.State), c.Restarts, sum.processes, sum.resident, round(sum.share)})
	}
	entry["pod"], entry["state"], entry["containers"] = s.nile.Nile.Pod, s.nile.Nile.State, containers
	return entry
}
