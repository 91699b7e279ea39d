package main

import (
	"fmt"
	"io"
	"math"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const goal = 1.2 // of tini

// entry is a row of the result.
type entry struct {
	Program  string         `json:"program"`
	Children int            `json:"children"`
	Missing  string         `json:"missing,omitempty"`
	Millis   *stats.Summary `json:"milliseconds,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine}
	median := map[string]float64{}
	for _, r := range rows {
		e := entry{Program: r.Name, Children: r.Children, Missing: r.missing}
		median[r.Name] = math.NaN()
		if len(r.times) > 0 {
			summary := stats.Summarize(r.times)
			e.Millis = &summary
			median[r.Name] = summary.Median
		}
		res.Rows = append(res.Rows, e)
	}
	res.Goals = []report.Goal{
		report.NewGoal("SIGTERM to the end, 1 child", median[programs.Nile("").Name]/median[programs.Tini().Name], goal, "× tini"),
		report.NewGoal(fmt.Sprintf("SIGTERM to the end, %d children", children),
			median[programs.NilePod("", children).Name]/median[programs.TiniGroup().Name], goal, "× tini and its group"),
	}
	return res
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "From SIGTERM to the init's end, all children ending at once, in milliseconds\n%s\n\n", r.Machine)
	t := table.New("program", "children>", "runs>", "p10>", "median>", "p90>")
	for _, e := range r.Rows {
		if e.Millis == nil {
			t.Row(e.Program, fmt.Sprint(e.Children), e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprint(e.Children), fmt.Sprint(e.Millis.Count), fmt.Sprintf("%.2f", e.Millis.P10),
			fmt.Sprintf("%.2f", e.Millis.Median), fmt.Sprintf("%.2f", e.Millis.P90))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
