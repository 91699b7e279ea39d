// Package metrics counts what a pod does and writes it down for Prometheus, in the text
// format (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// A [Recorder] counts what only happens and leaves no trace in a state: starts, exits,
// probes, signals. It exists only where somebody listens, and all else is asked for when
// somebody looks: [Write] makes the text of a [Sample]. [Families] are all that there
// is, each with the page's words for it.
//
// The format is written here because it is a page of code. VictoriaMetrics/metrics
// v1.45.0 would add 94 KB to the binary, and leaves the help texts empty.
package metrics
