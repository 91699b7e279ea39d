package main

import (
	"slices"
	"testing"
	"time"
)

func TestLatenessIsMeasuredFromTheMostPunctual(t *testing.T) {
	start := time.Now()
	at := func(milliseconds ...int) (series []time.Time) {
		for _, ms := range milliseconds {
			series = append(series, start.Add(time.Duration(ms)*time.Millisecond))
		}
		return series
	}
	for _, test := range []struct {
		name   string
		series []time.Time
		want   []float64
	}{
		{"in time", at(5, 1005, 2005), []float64{0, 0, 0}},
		{"one late", at(0, 1030, 2000), []float64{0, 30, 0}},
		{"the first late", at(40, 1000, 2010), []float64{40, 0, 10}},
		{"one left out makes all after it late", at(0, 2000, 3000), []float64{0, 1000, 1000}},
		{"none", nil, []float64{}},
	} {
		if got := lateness(test.series); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
