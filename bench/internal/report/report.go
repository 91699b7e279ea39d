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
var peers = []string{"tini", "dumb-init", "catatonit", "s6", "supervisor"}

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

// Goal is an upper limit for a measurement.
type Goal struct {
	What    string  `json:"what"`
	Limit   float64 `json:"limit"`
	Unit    string  `json:"unit"`
	Seen    float64 `json:"seen"`
	Verdict string  `json:"verdict"`
}

// NewGoal holds what was seen against a limit. What was not seen, NaN, is no
// number that JSON has: it becomes 0 and "not measured".
func NewGoal(what string, seen, limit float64, unit string) Goal {
	g := Goal{What: what, Limit: limit, Unit: unit, Seen: seen, Verdict: "missed"}
	switch {
	case math.IsNaN(seen):
		g.Seen, g.Verdict = 0, "not measured"
	case seen <= limit:
		g.Verdict = "met"
	}
	return g
}

// String is the goal and the verdict in a few words.
func (g Goal) String() string { return fmt.Sprintf("≤ %.4g %s: %s", g.Limit, g.Unit, g.Verdict) }

// PrintGoals prints a table of goals and verdicts.
func PrintGoals(w io.Writer, goals []Goal) error {
	fmt.Fprintln(w)
	t := table.New("goal", "limit>", "seen>", "verdict")
	for _, g := range goals {
		t.Row(g.What, fmt.Sprintf("%.4g %s", g.Limit, g.Unit), fmt.Sprintf("%.2f %s", g.Seen, g.Unit), g.Verdict)
	}
	return t.Print(w)
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
