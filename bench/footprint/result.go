package main

import (
	"debug/elf"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	// privateGoal is in MB, for nile with ten children. It is held against the
	// dirty pages: the clean ones are page cache of the program's file, which
	// the kernel can drop and every further nile on the node shares.
	privateGoal = 1.5
	holdGoal    = 200 // KB more, for nile that may hold its child
	wakeupsGoal = 0   // a second, when nothing is due
	binaryGoal  = 9   // MB
	pauseGoal   = 750 // KB, dirty as well
	pauseBinary = 1.7 // MB
	megabyte    = 1e6
)

// entry is a row of the result; KiB are medians, wakeups the worst.
type entry struct {
	Program  string `json:"program"`
	Children int    `json:"children"`
	Missing  string `json:"missing,omitempty"`

	Dirty     float64 `json:"privateDirtyKiB"`
	Clean     float64 `json:"privateCleanKiB"`
	Resident  float64 `json:"residentKiB"`
	Processes float64 `json:"processes"`
	Threads   float64 `json:"threads"`
	Wakeups   float64 `json:"wakeupsPerSecond"`
	Bytes     int64   `json:"programBytes,omitempty"` // of a program that is one file of machine code
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Binary  int64          `json:"nileBytes"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row, binary int64) result {
	res := result{Machine: machine, Binary: binary}
	private, plain, hold, wakeups := math.NaN(), math.NaN(), math.NaN(), 0.0
	var pause entry
	for _, r := range rows {
		e := newEntry(r)
		res.Rows = append(res.Rows, e)
		switch {
		case r.program.Name == programs.NilePod("", 10).Name:
			private = e.Dirty * 1024 / megabyte
			wakeups += e.Wakeups
		case r.program.Name == programs.Nile("").Name:
			plain = e.Dirty * 1.024
			wakeups += e.Wakeups
		case r.program.Name == programs.NileHold("").Name:
			hold = e.Dirty * 1.024
			wakeups += e.Wakeups
		case r.program.Name == programs.NilePause("").Name:
			pause = e
		}
	}
	res.Goals = []report.Goal{
		report.NewGoal("private (dirty) memory of nile with ten children", private, privateGoal, "MB"),
		report.NewGoal("private (dirty) memory of nile for --hold", hold-plain, holdGoal, "KB"),
		report.NewGoal("wakeups of an idle nile, with one child, with --hold, and with ten", wakeups, wakeupsGoal, "a second"),
		report.NewGoal("nile's program, stripped", float64(binary)/megabyte, binaryGoal, "MB"),
		report.NewGoal("private (dirty) memory of nile-pause", pause.Dirty*1.024, pauseGoal, "KB"),
		report.NewGoal("wakeups of nile-pause", pause.Wakeups, wakeupsGoal, "a second"),
		report.NewGoal("nile-pause's program, stripped", float64(pause.Bytes)/megabyte, pauseBinary, "MB"),
	}
	return res
}

func newEntry(r *row) entry {
	e := entry{Program: r.program.Name, Children: r.program.Children, Missing: r.missing}
	if r.missing != "" {
		return e
	}
	median := func(field func(sample) int) float64 {
		var values []float64
		for _, s := range r.samples {
			values = append(values, float64(field(s)))
		}
		return stats.Summarize(values).Median
	}
	e.Dirty = median(func(s sample) int { return s.memory.Dirty })
	e.Clean = median(func(s sample) int { return s.memory.Clean })
	e.Resident = median(func(s sample) int { return s.memory.Resident })
	e.Processes = median(func(s sample) int { return s.processes })
	e.Threads = median(func(s sample) int { return s.threads })
	if e.Processes == 1 {
		e.Bytes = size(r.program.Path)
	}
	worst := slices.MaxFunc(r.samples, func(a, b sample) int { return a.wakeups - b.wakeups })
	e.Wakeups = float64(worst.wakeups) / idle.Seconds()
	return e
}

// size is that of a program's file in bytes, or 0 where it is a script, whose size says nothing.
func size(path string) int64 {
	program, err := elf.Open(path)
	if err != nil {
		return 0
	}
	defer program.Close()
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// kibibytes is a program's size, or nothing where it is not one file.
func kibibytes(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", float64(bytes)/1024)
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "An idle init's own processes, without its children: KiB, medians; wakeups a second within %s, the worst\n%s\n\n", idle, r.Machine)
	t := table.New("program", "children>", "private dirty>", "private clean>", "Rss>", "processes>", "threads>", "wakeups/s>", "program>")
	for _, e := range r.Rows {
		if e.Missing != "" {
			t.Row(e.Program, fmt.Sprint(e.Children), e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Children), fmt.Sprintf("%.0f", e.Dirty), fmt.Sprintf("%.0f", e.Clean), fmt.Sprintf("%.0f", e.Resident),
			fmt.Sprintf("%.0f", e.Processes), fmt.Sprintf("%.0f", e.Threads), fmt.Sprintf("%.1f", e.Wakeups), kibibytes(e.Bytes))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nPrivate dirty: pages that exist because the process runs. Private clean: its program's file in the page cache,\nwhich the kernel can drop and which a second process of the same program shares.")
	return report.PrintGoals(w, r.Goals)
}
