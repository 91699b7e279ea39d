package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	startGoal = 2000 // milliseconds for the 200 containers of the first pod
	stopGoal  = 100  // milliseconds more than the slowest process takes
)

// entry is a row of the result, in milliseconds.
type entry struct {
	Pod        string        `json:"pod"`
	Containers int           `json:"containers"`
	Start      stats.Summary `json:"startMilliseconds"`
	StartCPU   stats.Summary `json:"startCPUMilliseconds"`
	Stop       stats.Summary `json:"stopMilliseconds"`
	More       stats.Summary `json:"stopOverSlowestMilliseconds"`
	After      stats.Summary `json:"stopAfterLastEndMilliseconds"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, rows []*row) result {
	res := result{Machine: machine}
	start, stop := math.NaN(), math.NaN()
	for i, r := range rows {
		e := newEntry(r)
		res.Rows = append(res.Rows, e)
		if i == 0 {
			start = e.Start.Median
			continue
		}
		if math.IsNaN(stop) || e.More.Median > stop {
			stop = e.More.Median
		}
	}
	res.Goals = []report.Goal{
		report.NewGoal("start of 200 containers in order", start, startGoal, "ms"),
		report.NewGoal("stop of 500 containers, over what the slowest takes", stop, stopGoal, "ms"),
	}
	return res
}

func newEntry(r *row) entry {
	summary := func(field func(sample) time.Duration) stats.Summary {
		var values []float64
		for _, s := range r.samples {
			values = append(values, float64(field(s))/float64(time.Millisecond))
		}
		return stats.Summarize(values)
	}
	return entry{
		Pod: r.shape.name, Containers: r.shape.containers(),
		Start:    summary(func(s sample) time.Duration { return s.start }),
		StartCPU: summary(func(s sample) time.Duration { return s.cpu }),
		Stop:     summary(func(s sample) time.Duration { return s.stop }),
		More:     summary(func(s sample) time.Duration { return s.stop - r.shape.slow }),
		After:    summary(func(s sample) time.Duration { return s.after }),
	}
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "Start and stop of large pods, in milliseconds: medians, and in parentheses p10 to p90\n%s\n\n", r.Machine)
	t := table.New("pod", "runs>", "start>", "nile's CPU for it>", "SIGTERM to nile's end>", "of it over the slowest's own>", "of it after the last end>")
	for _, e := range r.Rows {
		t.Row(e.Pod, fmt.Sprint(e.Start.Count), spread(e.Start), spread(e.StartCPU), spread(e.Stop), spread(e.More), spread(e.After))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}

func spread(s stats.Summary) string { return fmt.Sprintf("%.0f (%.0f–%.0f)", s.Median, s.P10, s.P90) }
