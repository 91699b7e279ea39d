package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	wallGoal    = 1.2 // × tini
	cpuGoal     = 2   // × tini
	waitingGoal = 300 // zombies at a time
)

// entry is a row of the result.
type entry struct {
	Program string         `json:"program"`
	Missing string         `json:"missing,omitempty"`
	Wall    *stats.Summary `json:"wallMilliseconds,omitempty"`
	CPU     *stats.Summary `json:"ownCPUMilliseconds,omitempty"`
	Waiting float64        `json:"mostWaiting"` // the worst run's

	WallToTini float64 `json:"wallToTini,omitempty"`
	CPUToTini  float64 `json:"cpuToTini,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine   report.Machine `json:"machine"`
	Container bool           `json:"pid1"` // the inits were PID 1
	Rows      []entry        `json:"rows"`
	Goals     []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine, Container: inContainers()}
	var tini, nile entry
	for _, r := range rows {
		e := newEntry(r)
		switch r.program.Name {
		case programs.Tini().Name:
			tini = e
		case programs.Nile("").Name:
			nile = e
		}
		res.Rows = append(res.Rows, e)
	}
	wall, cpu, most := math.NaN(), math.NaN(), math.NaN()
	for i := range res.Rows {
		if e := &res.Rows[i]; e.Wall != nil && tini.Wall != nil {
			e.WallToTini, e.CPUToTini = e.Wall.Median/tini.Wall.Median, e.CPU.Median/tini.CPU.Median
			if e.Program == nile.Program {
				wall, cpu = e.WallToTini, e.CPUToTini
			}
		}
	}
	if nile.Wall != nil {
		most = nile.Waiting
	}
	res.Goals = []report.Goal{
		report.NewGoal("5,000 orphans: time until all are reaped", wall, wallGoal, "× tini"),
		report.NewGoal("5,000 orphans: the init's own CPU", cpu, cpuGoal, "× tini"),
		report.NewGoal("zombies that wait at a time, in the worst run", most, waitingGoal, "zombies"),
	}
	return res
}

func newEntry(r *row) entry {
	e := entry{Program: r.program.Name, Missing: r.missing}
	if len(r.samples) == 0 {
		return e
	}
	var wall, cpu []float64
	for _, s := range r.samples {
		wall = append(wall, float64(s.wall)/float64(time.Millisecond))
		cpu = append(cpu, float64(s.cpu)/float64(time.Millisecond))
		e.Waiting = max(e.Waiting, float64(s.waiting))
	}
	wallSummary, cpuSummary := stats.Summarize(wall), stats.Summarize(cpu)
	e.Wall, e.CPU = &wallSummary, &cpuSummary
	return e
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	as := "a child subreaper"
	if r.Container {
		as = "PID 1 of a PID namespace"
	}
	fmt.Fprintf(w, "%d orphans in batches of %d, the init as %s: milliseconds, and the most zombies at a time in the worst run\n%s\n\n",
		orphans, batch, as, r.Machine)
	t := table.New("program", "runs>", "wall p10>", "median>", "p90>", "× tini>", "own CPU p10>", "median>", "p90>", "× tini>", "zombies>")
	for _, e := range r.Rows {
		if e.Wall == nil {
			t.Row(e.Program, "", "", e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Wall.Count), fmt.Sprintf("%.0f", e.Wall.P10), fmt.Sprintf("%.0f", e.Wall.Median),
			fmt.Sprintf("%.0f", e.Wall.P90), report.Ratio(e.WallToTini), fmt.Sprintf("%.1f", e.CPU.P10), fmt.Sprintf("%.1f", e.CPU.Median),
			fmt.Sprintf("%.1f", e.CPU.P90), report.Ratio(e.CPUToTini), fmt.Sprintf("%.0f", e.Waiting))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
