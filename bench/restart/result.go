package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	ratioGoal = 1.0 // of the best of the others
	timeGoal  = 3   // milliseconds
)

// entry is a row of the result.
type entry struct {
	Program string         `json:"program"`
	Missing string         `json:"missing,omitempty"`
	Millis  *stats.Summary `json:"milliseconds,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine}
	nile, best := math.NaN(), math.NaN()
	for _, r := range rows {
		e := entry{Program: r.program.Name, Missing: r.missing}
		if len(r.times) > 0 {
			summary := stats.Summarize(r.times)
			e.Millis = &summary
			switch {
			case strings.HasPrefix(r.program.Name, "nile"):
				nile = summary.Median
			case math.IsNaN(best) || summary.Median < best:
				best = summary.Median
			}
		}
		res.Rows = append(res.Rows, e)
	}
	res.Goals = []report.Goal{
		report.NewGoal("end of a run to the start of the next", nile/best, ratioGoal, "× the best of s6, runit and supervisord"),
		report.NewGoal("end of a run to the start of the next", nile, timeGoal, "ms"),
	}
	return res
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "From right before the end of a run to main of the next, no back-off, in milliseconds\n%s\n\n", r.Machine)
	t := table.New("program", "restarts>", "p10>", "median>", "p90>")
	for _, e := range r.Rows {
		if e.Millis == nil {
			t.Row(e.Program, "", "", e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Millis.Count), fmt.Sprintf("%.2f", e.Millis.P10), fmt.Sprintf("%.2f", e.Millis.Median), fmt.Sprintf("%.2f", e.Millis.P90))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
