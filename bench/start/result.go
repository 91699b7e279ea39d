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
	goal     = 2.0
	holdGoal = 1.03
)

// entry is a row of the result.
type entry struct {
	Program string         `json:"program"`
	Missing string         `json:"missing,omitempty"`
	Micros  *stats.Summary `json:"microseconds,omitempty"`
	ToTini  float64        `json:"toTini,omitempty"` // this median divided by tini's
	goal    string
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
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
			e.goal = res.aim(report.NewGoal("exec of nile -- CMD until CMD's main", ratio, goal, "× tini"))
		case programs.NileHold("").Name:
			seen := math.NaN()
			if res.Hold = compare(r, find(rows, programs.Nile("").Name)); res.Hold != nil {
				seen = res.Hold.Pairwise
			}
			e.goal = res.aim(report.NewGoal("exec of nile --hold -- CMD until CMD's main", seen, holdGoal, "× nile -- CMD"))
		}
		res.Rows = append(res.Rows, e)
	}
	res.aimAtSupervisors(rows)
	return res
}

// aimAtSupervisors adds what nile has to be faster than.
func (r *result) aimAtSupervisors(rows []*row) {
	median := func(p programs.Program) float64 {
		if found := find(rows, p.Name); found != nil {
			return stats.Summarize(found.times).Median
		}
		return math.NaN()
	}
	for _, p := range []programs.Program{programs.S6(1), programs.Supervisord(1), programs.Pebble("", 1)} {
		r.aim(report.NewGoal("exec of nile -- CMD until CMD's main", median(programs.Nile(""))/median(p), 1, "× "+p.Name))
	}
	r.aim(report.NewGoal("exec of nile run until the last main of 5 containers", median(programs.NilePod("", 5))/median(programs.S6(5)), 1,
		"× "+programs.S6(5).Name))
}

// aim adds a goal, and returns it in a few words.
func (r *result) aim(g report.Goal) string {
	r.Goals = append(r.Goals, g)
	return g.String()
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
// between two medians. It is nil where they did not run the same rounds.
func compare(one, other *row) *comparison {
	if other == nil || len(one.times) == 0 || len(one.times) != len(other.times) {
		return nil
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
		ratio := ""
		if e.ToTini > 0 {
			ratio = fmt.Sprintf("%.2f", e.ToTini)
		}
		t.Row(e.Program, fmt.Sprint(e.Micros.Count), fmt.Sprintf("%.0f", e.Micros.P10), fmt.Sprintf("%.0f", e.Micros.Median),
			fmt.Sprintf("%.0f", e.Micros.P90), ratio, e.goal)
	}
	if err := t.Print(w); err != nil || r.Hold == nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nWith a hold: %.3f × without, by the median of the rounds' differences (p10 %.3f ×, median %.3f ×)\n",
		r.Hold.Pairwise, r.Hold.P10, r.Hold.Median)
	return err
}
