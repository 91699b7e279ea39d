package main

import (
	"fmt"
	"io"
	"math"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

// entry is a row of the result: medians in milliseconds, and how many times as long it
// takes with --freeze, by the median of the rounds' ratios.
type entry struct {
	Load   string       `json:"load"`
	Runs   int          `json:"runs"`
	Plain  float64      `json:"plainMilliseconds"`
	Frozen float64      `json:"freezeMilliseconds"`
	Wall   float64      `json:"wallRatio"`
	CPU    float64      `json:"cpuRatio"`
	Goal   *report.Goal `json:"goal,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine}
	for _, r := range rows {
		e := entry{
			Load: r.name, Runs: len(r.wall[1]), Plain: median(r.wall[0]), Frozen: median(r.wall[1]),
			Wall: ratio(r.wall), CPU: ratio(r.cpu),
		}
		if r.goal > 0 {
			// Not the wall time, which is the machine's too: the CPU time of both processes
			// has all that tracing costs.
			g := report.NewGoal("CPU time of a JVM's work with --freeze", e.CPU, r.goal, "× without")
			e.Goal = &g
		}
		res.Rows = append(res.Rows, e)
	}
	return res
}

func median(values []float64) float64 { return stats.Summarize(values).Median }

func ratio(pair [2][]float64) float64 {
	var ratios []float64
	for i := range min(len(pair[0]), len(pair[1])) {
		ratios = append(ratios, pair[1][i]/pair[0][i])
	}
	if len(ratios) == 0 {
		return math.NaN()
	}
	return median(ratios)
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "A Java program under nile --hold, without and with --freeze, in milliseconds\n%s\n\n", r.Machine)
	t := table.New("load", "runs>", "without>", "with>", "wall>", "CPU>", "goal")
	for _, e := range r.Rows {
		goal := ""
		if e.Goal != nil {
			goal = e.Goal.String()
		}
		t.Row(e.Load, fmt.Sprint(e.Runs), fmt.Sprintf("%.0f", e.Plain), fmt.Sprintf("%.0f", e.Frozen),
			fmt.Sprintf("%.3f ×", e.Wall), fmt.Sprintf("%.3f ×", e.CPU), goal)
	}
	return t.Print(w)
}
