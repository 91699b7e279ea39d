package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

// goals are what part of another's lines a second has to pass, at least. What goes to
// one reader alone and through inherit is the same; the difference is the machine's.
var goals = map[string]struct {
	of    string
	least float64
}{
	nilePrefix: {cat, 0.6}, nileJSON: {cat, 0.4}, nileInherit: {alone, 0.95}, nileFile: {s6File, 1},
}

// tailCost is what part of the processor time the tail may cost.
const tailCost = 0.03

// entry is a row of the result.
type entry struct {
	Contender string         `json:"contender"`
	Missing   string         `json:"missing,omitempty"`
	PerSecond *stats.Summary `json:"linesPerSecond,omitempty"`
	Processor float64        `json:"processorNanosecondsPerLine,omitempty"`
	ToCat     float64        `json:"toCat,omitempty"`   // the median over the rounds
	ToOther   float64        `json:"toOther,omitempty"` // the same of the one that the goal names
	goal      string
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Lines   int            `json:"lines"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, lines int, rows []*row) result {
	byName := map[string]*row{}
	for _, r := range rows {
		byName[r.name] = r
	}
	res := result{Machine: machine, Lines: lines}
	for _, r := range rows {
		e := entry{Contender: r.name, Missing: r.missing}
		if values := measured(r.perSecond); len(values) > 0 {
			summary := stats.Summarize(values)
			e.PerSecond = &summary
			e.ToCat = zeroIfNaN(ratio(r.perSecond, byName[cat].perSecond))
			if goal, has := goals[r.name]; has {
				e.ToOther = zeroIfNaN(ratio(r.perSecond, byName[goal.of].perSecond))
				aim := report.NewLeast("lines a second of "+r.name, e.ToOther, goal.least, "of "+goal.of)
				res.Goals = append(res.Goals, aim)
				e.goal = fmt.Sprintf("%.2f of %s, ≥ %.4g: %s", e.ToOther, goal.of, goal.least, aim.Verdict)
			}
			e.Processor = zeroIfNaN(stats.Summarize(measured(r.processor)).Median)
		}
		res.Rows = append(res.Rows, e)
	}
	// Of the least processor time: the lines a second of two runs differ by more
	// than that for other reasons, and what else the machine does only adds.
	cost := least(byName[nilePart].processor)/least(byName[nileNoTail].processor) - 1
	res.Goals = append(res.Goals, report.NewGoal("processor time of prefix for its tail of 64 KiB", max(0, cost), tailCost, "of all"))
	return res
}

// ratio is the median of the rounds' ratios: what else the machine does meets both
// of a round alike.
func ratio(of, to []float64) float64 {
	var ratios []float64
	for i := range of {
		ratios = append(ratios, of[i]/to[i])
	}
	return stats.Summarize(measured(ratios)).Median
}

// least is NaN of no values.
func least(values []float64) float64 {
	if values = measured(values); len(values) > 0 {
		return slices.Min(values)
	}
	return math.NaN()
}

func measured(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// zeroIfNaN makes a number that JSON has.
func zeroIfNaN(value float64) float64 {
	if math.IsNaN(value) {
		return 0
	}
	return value
}

func (r result) print(w io.Writer) error {
	fmt.Fprintf(w, "Lines of %d bytes from one process to another, %d in a run, in millions a second\n%s\n\n", lineLength, r.Lines, r.Machine)
	t := table.New("between them", "runs>", "p10>", "median>", "p90>", "ns of CPU a line>", "× cat>", "goal")
	for _, e := range r.Rows {
		if e.PerSecond == nil {
			t.Row(e.Contender, "", "", e.Missing)
			continue
		}
		processor := ""
		if e.Processor > 0 {
			processor = fmt.Sprintf("%.1f", e.Processor)
		}
		t.Row(e.Contender, fmt.Sprint(e.PerSecond.Count), millions(e.PerSecond.P10), millions(e.PerSecond.Median), millions(e.PerSecond.P90),
			processor, fmt.Sprintf("%.2f", e.ToCat), e.goal)
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}

func millions(value float64) string { return fmt.Sprintf("%.2f", value/1e6) }
