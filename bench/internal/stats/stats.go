// Package stats sums up repeated measurements.
package stats

import (
	"math"
	"slices"
)

// Summary is what is told of a series of measurements, in their unit.
type Summary struct {
	Count  int     `json:"count"`
	P10    float64 `json:"p10"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
}

// Summarize sums up a series, which it leaves as it is. The quantiles of an empty
// series are NaN.
func Summarize(values []float64) Summary {
	sorted := slices.Sorted(slices.Values(values))
	return Summary{
		Count:  len(sorted),
		P10:    quantile(sorted, 0.1),
		Median: quantile(sorted, 0.5),
		P90:    quantile(sorted, 0.9),
		P99:    quantile(sorted, 0.99),
	}
}

// quantile interpolates between the two nearest values, as R's type 7 and
// NumPy's default do.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	position := q * float64(len(sorted)-1)
	below := int(position)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (sorted[above]-sorted[below])*(position-float64(below))
}
