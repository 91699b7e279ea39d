package report

import (
	"math"
	"strings"
	"testing"
)

func TestGoal(t *testing.T) {
	for _, test := range []struct {
		seen float64
		want string
	}{
		{2.19, "≤ 2.2 × tini: met"},
		{2.2, "≤ 2.2 × tini: met"},
		{2.2001, "≤ 2.2 × tini: missed"},
		{math.NaN(), "≤ 2.2 × tini: not measured"},
	} {
		goal := NewGoal("start", test.seen, 2.2, "× tini")
		if got := goal.String(); got != test.want {
			t.Errorf("seen %v: %q, want %q", test.seen, got, test.want)
		}
		// What JSON cannot say would lose the whole result.
		var out strings.Builder
		if err := WriteJSON(&out, goal); err != nil {
			t.Errorf("seen %v: %v", test.seen, err)
		}
	}
}

func TestLowerLimit(t *testing.T) {
	for seen, want := range map[float64]string{0.61: "≥ 0.6 of cat: met", 0.6: "≥ 0.6 of cat: met", 0.59: "≥ 0.6 of cat: missed"} {
		if got := NewLeast("prefix", seen, 0.6, "of cat").String(); got != want {
			t.Errorf("seen %v: %q, want %q", seen, got, want)
		}
	}
	if got := NewLeast("prefix", math.NaN(), 0.6, "of cat"); got.Verdict != NotMeasured {
		t.Errorf("not seen: %+v", got)
	}
}

func TestMachineTellsVersionsInAFixedOrder(t *testing.T) {
	m := Machine{Processor: "CPU", Processors: 2, Kernel: "6.1", Load: "0.1 0.2 0.3",
		Packages: map[string]string{"s6": "2.11", "tini": "0.19"}}
	if got, want := m.String(), "2 × CPU, Linux 6.1, load 0.1 0.2 0.3; tini 0.19, s6 2.11"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
