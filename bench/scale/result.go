package main

import (
	"fmt"
	"io"
	"math"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	memoryGoal = 12 // KB for each child
	cpuGoal    = 1  // ms a second while nothing happens: what a look at it costs
)

// entry is a row of the result.
type entry struct {
	Program   string  `json:"program"`
	Children  int     `json:"children"`
	Missing   string  `json:"missing,omitempty"`
	Start     float64 `json:"startSeconds"`
	Dirty     int     `json:"privateDirtyKiB"`
	PerChild  float64 `json:"privateDirtyKBPerChild"`
	Processes int     `json:"processes"`
	CPU       float64 `json:"idleCPUMillisecondsPerSecond"`
	Wakeups   float64 `json:"wakeupsPerSecond"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine}
	memory, cpu := math.NaN(), math.NaN()
	dirty := map[string]float64{}
	for i, r := range rows {
		e := entry{Program: r.program.Name, Children: r.program.Children, Missing: r.missing}
		if r.missing == "" {
			e.Start = r.start.Seconds()
			e.Dirty, e.Processes = r.memory.Dirty, r.processes
			e.PerChild = float64(r.memory.Dirty) * 1.024 / float64(r.program.Children)
			e.CPU = r.cpu.Seconds() * 1000 / idle.Seconds()
			e.Wakeups = float64(r.wakeups) / idle.Seconds()
		}
		if i == 0 {
			memory, cpu = e.PerChild, e.CPU
		}
		if r.missing == "" {
			dirty[r.program.Name] = float64(e.Dirty)
		}
		res.Rows = append(res.Rows, e)
	}
	few, same := rows[len(rows)-2].program, rows[len(rows)-1].program
	less := math.NaN()
	if dirty[same.Name] > 0 && dirty[few.Name] > 0 {
		less = dirty[few.Name] / dirty[same.Name]
	}
	res.Goals = []report.Goal{
		report.NewGoal("private (dirty) memory of nile for each child, all included", memory, memoryGoal, "KB"),
		report.NewGoal(fmt.Sprintf("private (dirty) memory of nile with %d children", few.Children), less, 1, "× all of s6"),
		report.NewGoal("processor time of nile while nothing happens", cpu, cpuGoal, "ms a second"),
	}
	return res
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "The supervising processes of many sleeps, without those: memory in KiB, processor time and wakeups within %s of idleness\n%s\n\n", idle, r.Machine)
	t := table.New("program", "children>", "start s>", "processes>", "private dirty>", "KB a child>", "CPU ms/s>", "wakeups/s>")
	for _, e := range r.Rows {
		if e.Missing != "" {
			t.Row(e.Program, fmt.Sprint(e.Children), e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Children), fmt.Sprintf("%.1f", e.Start), fmt.Sprint(e.Processes), fmt.Sprint(e.Dirty),
			fmt.Sprintf("%.1f", e.PerChild), fmt.Sprintf("%.1f", e.CPU), fmt.Sprintf("%.1f", e.Wakeups))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
