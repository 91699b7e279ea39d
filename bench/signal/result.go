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

// goal is how many times tini's nile's may be, the median and the 99th percentile.
const goal = 2

// entry is a row of the result.
type entry struct {
	Program   string         `json:"program"`
	Missing   string         `json:"missing,omitempty"`
	Micros    *stats.Summary `json:"microseconds,omitempty"`
	ToTini    float64        `json:"toTini,omitempty"`    // this median divided by tini's
	ToTiniP99 float64        `json:"toTiniP99,omitempty"` // the same of the 99th percentile
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Gap     string         `json:"gap"` // the least time between two signals
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row, gap time.Duration) result {
	var tini stats.Summary
	for _, r := range rows {
		if r.program.Name == programs.Tini().Name {
			tini = stats.Summarize(r.times)
		}
	}
	res := result{Machine: machine, Gap: gap.String()}
	median, p99 := math.NaN(), math.NaN()
	for _, r := range rows {
		e := entry{Program: r.program.Name, Missing: r.missing}
		if len(r.times) > 0 {
			summary := stats.Summarize(r.times)
			e.Micros = &summary
			if tini.Count > 0 {
				e.ToTini, e.ToTiniP99 = summary.Median/tini.Median, summary.P99/tini.P99
			}
		}
		if r.program.Name == programs.Nile("").Name && e.ToTini > 0 {
			median, p99 = e.ToTini, e.ToTiniP99
		}
		res.Rows = append(res.Rows, e)
	}
	res.Goals = []report.Goal{
		report.NewGoal("signal to handler, median", median, goal, "× tini"),
		report.NewGoal("signal to handler, 99th percentile", p99, goal, "× tini"),
	}
	return res
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "kill(2) on the init until its child's handler runs, in microseconds; %s at least between two signals\n%s\n\n", r.Gap, r.Machine)
	t := table.New("program", "signals>", "p10>", "median>", "p90>", "p99>", "× tini>", "p99 × tini>")
	for _, e := range r.Rows {
		if e.Micros == nil {
			t.Row(e.Program, "", "", e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Micros.Count), fmt.Sprintf("%.0f", e.Micros.P10), fmt.Sprintf("%.0f", e.Micros.Median),
			fmt.Sprintf("%.0f", e.Micros.P90), fmt.Sprintf("%.0f", e.Micros.P99), report.Ratio(e.ToTini), report.Ratio(e.ToTiniP99))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
