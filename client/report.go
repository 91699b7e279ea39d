package client

import "encoding/json"

// ReportOptions say which crash report to read.
type ReportOptions struct {
	// Name is the container; empty for any.
	Name string `json:"name,omitempty"`
	// ID names one report, whatever the other fields say.
	ID string `json:"id,omitempty"`
	// Last is which one, counted from the latest, which is 1 (and 0).
	Last int `json:"last,omitempty"`
	// List asks for the list of all instead.
	List bool `json:"list,omitempty"`
	// Unmasked asks for the report with its secrets; nile has them of the latest one
	// alone.
	Unmasked bool `json:"unmasked,omitempty"`
}

// ReportResult is the answer to the verb report.
type ReportResult struct {
	// Report is the report, as docs/reference/report.md describes it.
	Report json.RawMessage `json:"report,omitempty"`
	// List tells of all that are kept, the latest first.
	List []ReportSummary `json:"list,omitempty"`
	// StateDir is where they are kept; empty where that is nile's memory, and then Why
	// says why.
	StateDir string `json:"stateDir,omitempty"`
	Why      string `json:"why,omitempty"`
}

// ReportSummary is one line of the list of reports.
type ReportSummary struct {
	ID        string `json:"id"`
	Container string `json:"container"`
	Finished  string `json:"finishedAt"`
	Cause     string `json:"cause"`
	Artefacts int    `json:"artefacts"`
}
