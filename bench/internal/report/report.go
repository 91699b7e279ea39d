// Package report says on what machine a benchmark ran and whether its goals were
// met.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/nile-init/nile/bench/internal/table"
)

// Machine is where a benchmark ran.
type Machine struct {
	Processor  string            `json:"processor"`
	Processors int               `json:"processors"`
	Kernel     string            `json:"kernel"`
	Load       string            `json:"load"` // the averages of 1, 5 and 15 minutes at the start
	Packages   map[string]string `json:"packages"`
}

// peers are the Debian packages whose versions belong to a result.
var peers = []string{"tini", "dumb-init", "catatonit", "s6", "runit", "supervisor"}

// ThisMachine describes the machine. What cannot be told stays empty.
func ThisMachine() Machine {
	m := Machine{
		Processors: runtime.NumCPU(),
		Kernel:     firstLine("/proc/sys/kernel/osrelease"),
		Packages:   map[string]string{},
	}
	if fields := strings.Fields(firstLine("/proc/loadavg")); len(fields) > 3 {
		m.Load = strings.Join(fields[:3], " ")
	}
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			m.Processor = strings.TrimSpace(value)
			break
		}
	}
	// dpkg-query fails if one of the packages is missing, and prints the others.
	versions, _ := exec.Command("dpkg-query", append([]string{"-W", "-f", "${Package} ${Version}\n"}, peers...)...).Output()
	for line := range strings.Lines(string(versions)) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			m.Packages[name] = version
		}
	}
	return m
}

func firstLine(file string) string {
	raw, _ := os.ReadFile(file)
	line, _, _ := strings.Cut(string(raw), "\n")
	return line
}

// String is the machine in a line.
func (m Machine) String() string {
	var versions []string
	for _, name := range peers {
		if version := m.Packages[name]; version != "" {
			versions = append(versions, name+" "+version)
		}
	}
	return fmt.Sprintf("%d × %s, Linux %s, load %s; %s", m.Processors, m.Processor, m.Kernel, m.Load, strings.Join(versions, ", "))
}

// Goal is a limit for a measurement: an upper one, or a lower one.
type Goal struct {
	What    string  `json:"what"`
	Limit   float64 `json:"limit"`
	Least   bool    `json:"least,omitempty"` // it is a lower one
	Unit    string  `json:"unit"`
	Seen    float64 `json:"seen"`
	Verdict string  `json:"verdict"`
}

// What becomes of a goal.
const (
	Met         = "met"
	Missed      = "missed"
	NotMeasured = "not measured"
)

// NewGoal holds what was seen against an upper limit. What was not seen, NaN, is no
// number that JSON has: it becomes 0 and "not measured".
func NewGoal(what string, seen, limit float64, unit string) Goal {
	g := Goal{What: what, Limit: limit, Unit: unit, Seen: seen, Verdict: Missed}
	switch {
	case math.IsNaN(seen):
		g.Seen, g.Verdict = 0, NotMeasured
	case seen <= limit:
		g.Verdict = Met
	}
	return g
}

// NewLeast is like [NewGoal] with a lower limit.
func NewLeast(what string, seen, limit float64, unit string) Goal {
	g := NewGoal(what, seen, limit, unit)
	g.Least = true
	if g.Verdict != NotMeasured {
		g.Verdict = Missed
		if seen >= limit {
			g.Verdict = Met
		}
	}
	return g
}

// Bound is the limit in a few signs.
func (g Goal) Bound() string {
	sign := "≤"
	if g.Least {
		sign = "≥"
	}
	return fmt.Sprintf("%s %.4g %s", sign, g.Limit, g.Unit)
}

// String is the goal and the verdict in a few words.
func (g Goal) String() string { return g.Bound() + ": " + g.Verdict }

// PrintGoals prints a table of goals and verdicts.
func PrintGoals(w io.Writer, goals []Goal) error {
	fmt.Fprintln(w)
	return GoalTable(goals).Print(w)
}

// GoalTable is a table of goals and verdicts.
func GoalTable(goals []Goal) *table.Table {
	t := table.New("goal", "limit>", "seen>", "verdict")
	for _, g := range goals {
		seen := ""
		if g.Verdict != NotMeasured {
			seen = fmt.Sprintf("%.2f %s", g.Seen, g.Unit)
		}
		t.Row(g.What, g.Bound(), seen, g.Verdict)
	}
	return t
}

// Ratio is a ratio as tables show it; empty if there is none.
func Ratio(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}

// WriteJSON writes a result.
func WriteJSON(w io.Writer, result any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}
