package stats

import (
	"math"
	"slices"
	"testing"
)

func TestSummarize(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   Summary
	}{
		{"one value is every quantile", []float64{7}, Summary{1, 7, 7, 7, 7}},
		{"an even count has its median between two", []float64{4, 1, 3, 2}, Summary{4, 1.3, 2.5, 3.7, 3.97}},
		{"an odd count has a value in the middle", []float64{30, 10, 20}, Summary{3, 12, 20, 28, 29.8}},
		{"an outlier does not move the median", []float64{1, 1, 1, 1, 1000}, Summary{5, 1, 1, 600.4, 960.04}},
		{"eleven values hit the tenths exactly", []float64{10, 0, 9, 1, 8, 2, 7, 3, 6, 4, 5}, Summary{11, 1, 5, 9, 9.9}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.values)
			got := Summarize(test.values)
			if got.Count != test.want.Count || !near(got.P10, test.want.P10) || !near(got.Median, test.want.Median) || !near(got.P90, test.want.P90) || !near(got.P99, test.want.P99) {
				t.Errorf("Summarize(%v) = %+v, want %+v", before, got, test.want)
			}
			if !slices.Equal(test.values, before) {
				t.Errorf("Summarize changed its argument from %v to %v", before, test.values)
			}
		})
	}
}

func TestSummarizeNothing(t *testing.T) {
	got := Summarize(nil)
	if got.Count != 0 || !math.IsNaN(got.P10) || !math.IsNaN(got.Median) || !math.IsNaN(got.P90) {
		t.Errorf("Summarize(nil) = %+v, want no values and no numbers", got)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
