package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/procs"
)

const psLong = `Lists the processes of this PID namespace, by process id, with the container of
nile that each belongs to: the one whose process it descends from, or which it
has left as a daemon. In a pod whose containers share their processes, those of
other containers have that container's id in parentheses.

CPU is the share of one processor since the start of the process, or with
--interval during that time. MEM is the resident memory; with --pss what is
shared with others counts in parts. STATE "disk" is a sleep that no signal
ends. Zombies are listed with the parent that does not wait for them, and who
has how many of them is said on standard error.

It reads /proc and needs no nile: where none answers, all processes are shown
without their containers. JSON and YAML have names and arguments exactly as
they are, but that secrets among the arguments are masked.`

const psExample = `  nile ps

  # What has used how much of the processors during the next two seconds:
  nile ps --interval 2s -o wide`

// maxInterval bounds how long a verb measures.
const maxInterval = time.Hour

// longCommandLine is how much of a command line a program gets to see.
const longCommandLine = 1 << 16

// newPsCommand is `nile ps`.
func newPsCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var options procs.Options
	var unmasked bool
	var interval time.Duration
	cmd := &cobra.Command{
		Use:     "ps [flags]",
		Short:   "List the processes, and whose they are",
		Long:    psLong,
		Example: psExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if interval < 0 || interval > maxInterval {
				return usageErrorf("cannot measure during %s: choose a time of up to %s", interval, maxInterval)
			}
			if format.structured() {
				options.CommandLine = longCommandLine
			}
			var before *procs.Table
			if interval > 0 {
				var err error
				if before, err = procs.Read(procs.Options{Threads: options.Threads}); err != nil {
					return failed(err)
				}
				time.Sleep(interval)
			}
			s, err := lookAround(&control, options, unmasked, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			s.before = before
			return s.printList(cmd.OutOrStdout(), cmd.ErrOrStderr(), &format, options.Threads)
		},
	}
	cmd.Flags().BoolVar(&options.Threads, "threads", false, "list the threads of each process too")
	cmd.Flags().BoolVar(&options.PSS, "pss", false, "read the proportional set size of each process, which takes longer")
	cmd.Flags().DurationVar(&interval, "interval", 0, "measure the use of the processors during this time")
	noMaskFlag(cmd, &unmasked)
	control.target(cmd.Flags())
	format.flag(cmd, formatTable, formatWide, formatJSON, formatYAML)
	return cmd
}

// printList prints the processes one after the other.
func (s *scene) printList(stdout, stderr io.Writer, format *formatValue, threads bool) error {
	if format.structured() {
		list := make([]*processEntry, len(s.Processes))
		for i := range s.Processes {
			list[i] = s.entry(&s.Processes[i])
		}
		return format.write(stdout, map[string]any{"processes": list, "neglecting": s.Neglecting(), "hidden": s.Hidden})
	}
	columns := s.columns(format.wide(), threads)
	t := tableOf(columns)
	for i := range s.Processes {
		t.add(cells(columns, &s.Processes[i])...)
	}
	t.colour = processColours(func(row int) *procs.Process { return &s.Processes[row] })
	if err := t.write(stdout, format.wide()); err != nil {
		return failed(err)
	}
	if line := s.zombies(); line != "" {
		fmt.Fprintf(stderr, "nile: %s\n", line)
	}
	if n := s.WithoutPSS; n > 0 {
		fmt.Fprintf(stderr, "nile: %d of the processes may not be asked for their proportional set size, and MEM is their resident memory: look as their user, with no fewer capabilities than they have, or with CAP_SYS_PTRACE\n", n)
	}
	return nil
}

// column is a column of a table of processes.
type column struct {
	title string
	cell  func(*procs.Process) string
}

// columns are those of the list.
func (s *scene) columns(wide, threads bool) []column {
	all := []struct {
		column
		shown bool
	}{
		{column{"PID", func(p *procs.Process) string { return strconv.Itoa(p.PID) }}, true},
		{column{"TID", func(p *procs.Process) string { return numberOrNone(p.Thread) }}, threads},
		{column{"PPID", func(p *procs.Process) string { return strconv.Itoa(p.Parent) }}, wide},
		{column{"USER", userOf}, true},
		{column{"CPU", func(p *procs.Process) string { return percent(s.Share(p, s.before)) }}, true},
		{column{"TIME", func(p *procs.Process) string { return p.CPU.String() }}, wide},
		{column{"MEM", memoryOf}, true},
		{column{"AGE", func(p *procs.Process) string { return age(p.Age) }}, true},
		{column{"THREADS", func(p *procs.Process) string { return strconv.Itoa(p.Threads) }}, wide},
		{column{"STATE", func(p *procs.Process) string { return p.State.String() }}, true},
		{column{"TTY", func(p *procs.Process) string { return p.Terminal }}, wide},
		{column{"CONTAINER", s.container}, s.nile != nil || s.shared()},
		{column{"CGROUP", func(p *procs.Process) string { return p.Cgroup }}, wide},
		{column{"COMMAND", func(p *procs.Process) string { return s.command(p, wide) }}, true},
	}
	var columns []column
	for _, one := range all {
		if one.shown {
			columns = append(columns, one.column)
		}
	}
	return columns
}

func numberOrNone(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// shared tells whether processes of other containers are seen.
func (s *scene) shared() bool {
	for i := range s.Processes {
		if s.Processes[i].Container != s.Own {
			return true
		}
	}
	return false
}

func tableOf(columns []column) *table {
	t := newTable()
	for _, c := range columns {
		t.titles = append(t.titles, c.title)
	}
	return t
}

func cells(columns []column, p *procs.Process) []string {
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.cell(p)
	}
	return row
}

// processColours paints zombies red and what the kernel or a debugger has stopped yellow.
func processColours(process func(row int) *procs.Process) func(row, column int) string {
	return func(row, _ int) string {
		p := process(row)
		switch {
		case p == nil:
			return ""
		case p.Zombie:
			return red
		case p.State == 'D' || p.State == 'T' || p.State == 't':
			return yellow
		case p.Kernel:
			return grey
		}
		return ""
	}
}
