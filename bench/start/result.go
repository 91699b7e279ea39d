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

// goal is how many times tini's median nile's may take, and holdGoal how many times
// that of nile without a hold nile's with one.
const (
	goal     = 2.2
	holdGoal = 1.03
)

// entry is a row of the result.
type entry struct {
	Program string         `json:"program"`
	Missing string         `json:"missing,omitempty"`
	Micros  *stats.Summary `json:"microseconds,omitempty"`
	ToTini  float64        `json:"toTini,omitempty"` // this median divided by tini's
	Goal    *report.Goal   `json:"goal,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Hold    *comparison    `json:"hold,omitempty"` // with a hold to without
}

// comparison is how many times as long one takes as another.
type comparison struct {
	Pairwise float64 `json:"pairwise"` // by the median of the rounds' differences
	P10      float64 `json:"p10"`      // of one to that of the other
	Median   float64 `json:"median"`
}

func newResult(machine report.Machine, rows []*row) result {
	tini := math.NaN()
	if r := find(rows, programs.Tini().Name); r != nil {
		tini = stats.Summarize(r.times).Median
	}
	res := result{Machine: machine}
	for _, r := range rows {
		e := entry{Program: r.program.Name, Missing: r.missing}
		ratio := math.NaN()
		if len(r.times) > 0 {
			summary := stats.Summarize(r.times)
			e.Micros = &summary
			ratio = summary.Median / tini
		}
		if !math.IsNaN(ratio) {
			e.ToTini = ratio
		}
		switch r.program.Name {
		case programs.Nile("").Name:
			g := report.NewGoal("exec of nile -- CMD until CMD's main", ratio, goal, "× tini")
			e.Goal = &g
		case programs.NileHold("").Name:
			res.Hold = compare(r, find(rows, programs.Nile("").Name))
			g := report.NewGoal("exec of nile --hold -- CMD until CMD's main", res.Hold.Pairwise, holdGoal, "× nile -- CMD")
			e.Goal = &g
		}
		res.Rows = append(res.Rows, e)
	}
	return res
}

func find(rows []*row, name string) *row {
	for _, r := range rows {
		if r.program.Name == name {
			return r
		}
	}
	return nil
}

// compare says how much longer one takes than another. Pairwise is what to believe: what
// else the machine does meets both of a round nearly alike, and would hide a few percent
// between two medians.
func compare(one, other *row) *comparison {
	if other == nil || len(one.times) == 0 || len(one.times) != len(other.times) {
		return &comparison{Pairwise: math.NaN()}
	}
	var differences []float64
	for i := range one.times {
		differences = append(differences, one.times[i]-other.times[i])
	}
	mine, others := stats.Summarize(one.times), stats.Summarize(other.times)
	return &comparison{
		Pairwise: 1 + stats.Summarize(differences).Median/others.Median,
		P10:      mine.P10 / others.P10,
		Median:   mine.Median / others.Median,
	}
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "Exec of the init until its child's main (of several children: the last one's), in microseconds\n%s\n\n", r.Machine)
	t := table.New("program", "runs>", "p10>", "median>", "p90>", "× tini>", "goal")
	for _, e := range r.Rows {
		if e.Micros == nil {
			t.Row(e.Program, "", "", e.Missing)
			continue
		}
		ratio, goal := "", ""
		if e.ToTini > 0 {
			ratio = fmt.Sprintf("%.2f", e.ToTini)
		}
		if e.Goal != nil {
			goal = e.Goal.String()
		}
		t.Row(e.Program, fmt.Sprint(e.Micros.Count), fmt.Sprintf("%.0f", e.Micros.P10), fmt.Sprintf("%.0f", e.Micros.Median),
			fmt.Sprintf("%.0f", e.Micros.P90), ratio, goal)
	}
	if err := t.Print(w); err != nil || r.Hold == nil || math.IsNaN(r.Hold.Pairwise) {
		return err
	}
	_, err := fmt.Fprintf(w, "\nWith a hold: %.3f × without, by the median of the rounds' differences (p10 %.3f ×, median %.3f ×)\n",
		r.Hold.Pairwise, r.Hold.P10, r.Hold.Median)
	return err
}
