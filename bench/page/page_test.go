package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/bench/internal/report"
)

func example() *page {
	machine := report.Machine{Processor: "CPU", Processors: 2, Kernel: "6.1", Load: "0 0 0", Packages: map[string]string{"tini": "0.19"}}
	return &page{version: "nile 1.0", took: 90 * time.Second, found: []*found{
		{name: "start", raw: json.RawMessage(`{"a":1}`), text: "Exec, in microseconds\n" + machine.String() + "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
			result: result{machine, []report.Goal{report.NewGoal("exec <of> nile", 2.5, 2, "× tini")}}},
		{name: "output", raw: json.RawMessage(`{"b":[2]}`), text: "Lines\n" + machine.String() + "\n\n| c |\n|---|\n",
			result: result{machine, []report.Goal{report.NewLeast("lines", 0.7, 0.6, "of cat"), report.NewGoal("wakeups", 0, 0, "a second")}}},
	}}
}

func TestPage(t *testing.T) {
	dir := t.TempDir()
	if err := example().write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2 × CPU, Linux 6.1", "nile 1.0", "1m30s", "![How much of each limit is used](benchmarks.svg)",
		"≤ 2 × tini", "2.50 × tini", "missed", "≥ 0.6 of cat", "## start\n\n    go run ./bench/start -nile build/nile\n\nExec, in microseconds\n\n| a | b |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page does not have %q:\n%s", want, text)
		}
	}
	if n := strings.Count(string(text), "Linux 6.1"); n != 1 {
		t.Errorf("the machine is told %d times", n)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "benchmarks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole struct{ Benchmarks map[string]any }
	if err := json.Unmarshal(raw, &whole); err != nil || len(whole.Benchmarks) != 2 {
		t.Errorf("%v: %s", err, raw)
	}
}

// TestPlotIsXML and every goal is in it, whatever signs its words have.
func TestPlotIsXML(t *testing.T) {
	svg := plot(append(example().goals(), report.NewGoal("a & b", 1, 0, "x"), report.Goal{What: "none", Verdict: report.NotMeasured}))
	for decoder := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v:\n%s", err, svg)
		}
	}
	if got := bytes.Count(svg, []byte("<rect")); got != 4 {
		t.Errorf("%d bars, want 4:\n%s", got, svg)
	}
}

func TestUsed(t *testing.T) {
	for _, test := range []struct {
		goal report.Goal
		part float64
	}{
		{report.NewGoal("", 1, 2, ""), 0.5}, {report.NewGoal("", 3, 2, ""), 1.5}, {report.NewGoal("", 0, 0, ""), 0}, {report.NewGoal("", 1, 0, ""), mostShown},
		{report.NewLeast("", 0.8, 0.4, ""), 0.5},
	} {
		if part, ok := used(test.goal); part != test.part || !ok {
			t.Errorf("%+v: %v, %v; want %v", test.goal, part, ok, test.part)
		}
	}
}
