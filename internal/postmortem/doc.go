// Package postmortem makes the report of a crash: what ended and how, why that was as far
// as the evidence tells, and the evidence itself.
//
// The event loop hands over [Facts], all copied, and goes on at once. A [Collector], one
// goroutine beside it, adds what /proc, the cgroup and the file system tell, finds the
// cause by a table of rules, and puts a [Report] into the [Store]: a directory with the
// last few reports, or memory where nothing can be written. [WriteText], [WriteHTML] and
// [WriteTar] show it to people; the JSON is described in docs/reference/report.md.
//
// Everything that a process has written is taken for hostile: it is bounded, it is never
// executed or followed, and it is escaped wherever it is shown. What is written down has
// its secrets masked (internal/secrets).
package postmortem
