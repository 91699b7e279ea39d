package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/stats"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	cpuGoal  = 15 // percent of a processor; the goal is to stay below
	lateGoal = 50 // milliseconds, in the median
	partGoal = 1  // percent of the probes that may be missing: one more or less fits into the time
)

// entry is a kind of probe.
type entry struct {
	Probe    string         `json:"probe"`
	Expected int            `json:"expected"`
	Count    int            `json:"count"`
	Lateness *stats.Summary `json:"latenessMilliseconds,omitempty"`
	Worst    float64        `json:"worstMilliseconds"`
}

// result is what the benchmark found.
type result struct {
	Machine    report.Machine `json:"machine"`
	Containers int            `json:"containers"`
	Seconds    float64        `json:"seconds"`
	CPUPercent float64        `json:"cpuPercent"`   // of one processor
	CPUMicros  float64        `json:"microsAProbe"` // of nile's CPU
	Rows       []entry        `json:"rows"`
	Goals      []report.Goal  `json:"goals"`
}

func newResult(machine report.Machine, containers int, length time.Duration, f findings) result {
	res := result{Machine: machine, Containers: containers, Seconds: length.Seconds(), CPUPercent: 100 * f.cpu.Seconds() / length.Seconds()}
	expected, count, median := 0, 0, math.NaN()
	for k := range kinds {
		e := entry{Probe: k.String(), Expected: containers * int(length/period), Count: f.count[k]}
		if e.Count > 0 {
			summary := stats.Summarize(f.lateness[k])
			e.Lateness, e.Worst = &summary, slices.Max(f.lateness[k])
			median = math.Max(summary.Median, orZero(median))
		}
		expected, count = expected+e.Expected, count+e.Count
		res.Rows = append(res.Rows, e)
	}
	res.CPUMicros = float64(f.cpu.Microseconds()) / float64(max(1, count))
	missing := 100 * float64(max(0, expected-count)) / float64(expected)
	res.Goals = []report.Goal{
		report.NewGoal(fmt.Sprintf("nile's CPU for %d probes a second", 2*containers), res.CPUPercent, cpuGoal, "% of a processor"),
		report.NewGoal("lateness of probes, median of the worse kind", median, lateGoal, "ms"),
		report.NewGoal("probes that did not come", missing, partGoal, "%"),
	}
	return res
}

func orZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "%d containers, each with two probes of 1 s period, watched for %.0f s: lateness in milliseconds\n%s\n\n",
		r.Containers, r.Seconds, r.Machine)
	t := table.New("probe", "expected>", "made>", "p10>", "median>", "p90>", "p99>", "worst>")
	for _, e := range r.Rows {
		if e.Lateness == nil {
			t.Row(e.Probe, fmt.Sprint(e.Expected), "0")
			continue
		}
		t.Row(e.Probe, fmt.Sprint(e.Expected), fmt.Sprint(e.Count), fmt.Sprintf("%.1f", e.Lateness.P10), fmt.Sprintf("%.1f", e.Lateness.Median),
			fmt.Sprintf("%.1f", e.Lateness.P90), fmt.Sprintf("%.1f", e.Lateness.P99), fmt.Sprintf("%.1f", e.Worst))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nnile's own CPU: %.1f %% of a processor, %.0f µs a probe\n", r.CPUPercent, r.CPUMicros)
	return report.PrintGoals(w, r.Goals)
}
