package postmortem

import "time"

// Version is that of the report's schema. Fields may be added within a version; readers
// ignore those they don't know.
const Version = 1

// Report is the report of one crash. Secrets are masked in it. The schema with the meaning
// and the units of each field is docs/reference/report.md.
type Report struct {
	Version   int       `json:"version"`
	ID        string    `json:"id"`
	Nile      string    `json:"nile,omitempty"` // the version that wrote it
	Host      string    `json:"host,omitempty"`
	Written   time.Time `json:"written"`
	Pod       string    `json:"pod"`
	Container string    `json:"container"`
	Role      string    `json:"role"`
	Runtime   string    `json:"runtime,omitempty"`
	Restarts  int       `json:"restarts"`
	Held      bool      `json:"held"`

	Cause   Cause     `json:"cause"`
	End     End       `json:"end"`
	Command Command   `json:"command"`
	Output  Printed   `json:"output"`
	Usage   Usage     `json:"usage"`
	Memory  *Memory   `json:"memory,omitempty"`
	Scene   []Process `json:"processes,omitempty"`
	// SceneAt is when the processes were listed.
	SceneAt    *time.Time    `json:"processesAt,omitempty"`
	SceneMore  int           `json:"processesMore,omitempty"`
	Looks      []Look        `json:"looks,omitempty"`
	Artefacts  []Artefact    `json:"artefacts,omitempty"`
	Incomplete bool          `json:"incomplete,omitempty"` // artefacts are still being collected
	Probes     []ProbeResult `json:"probes,omitempty"`
	Timeline   []Event       `json:"timeline,omitempty"`
	// Notes say what could not be had, and why.
	Notes []string `json:"notes,omitempty"`
}

// Cause is why it ended, as far as the evidence tells.
type Cause struct {
	// Line is one line for people, without control characters.
	Line string `json:"line"`
	// Rule names the rule that found it, for metrics and searches: "java-heap".
	Rule string `json:"rule"`
	// Evidence is where it stands: "stderr", "hs_err_pid7.log", "memory.events".
	Evidence string `json:"evidence,omitempty"`
	// Sure is false where the line only tells what was seen.
	Sure bool `json:"sure"`
	// Details are further lines, where there is more to tell.
	Details []string `json:"details,omitempty"`
	// Try is what may help, where that can be said.
	Try string `json:"try,omitempty"`
}

// End is how the run ended.
type End struct {
	How       string    `json:"how"` // "exited with code 1", "was ended by SIGKILL"
	Trigger   string    `json:"trigger"`
	Code      int       `json:"code"`             // as a shell would show it
	Signal    string    `json:"signal,omitempty"` // SIGSEGV
	Core      bool      `json:"coreDumped,omitempty"`
	OOMKilled bool      `json:"oomKilled,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Message   string    `json:"message,omitempty"` // the termination message that it left
	Probe     string    `json:"probe,omitempty"`   // what the failed probe or hook said
	Started   time.Time `json:"startedAt,omitzero"`
	Finished  time.Time `json:"finishedAt"`
	Seconds   float64   `json:"seconds"` // between the two
}

// Command is what was executed.
type Command struct {
	PID             int      `json:"pid,omitempty"`
	Arguments       []string `json:"arguments"`
	Environment     []string `json:"environment"`
	Directory       string   `json:"directory"`
	User            User     `json:"user"`
	Umask           string   `json:"umask,omitempty"` // octal; empty where nile's own
	NoNewPrivileges bool     `json:"noNewPrivileges,omitempty"`
	Limits          []Limit  `json:"limits,omitempty"`
}

// User is whom it ran as.
type User struct {
	UID    int   `json:"uid"`
	GID    int   `json:"gid"`
	Groups []int `json:"groups,omitempty"`
}

// Limit is a resource limit; -1 is unlimited.
type Limit struct {
	Name string `json:"name"` // such as NOFILE
	Soft int64  `json:"soft"`
	Hard int64  `json:"hard"`
}

// Printed is the end of what it printed, for people: bytes that are no UTF-8 are
// replaced here, and stand in the files beside the report as they were.
type Printed struct {
	Seen      bool   `json:"seen"` // false where nile did not read it
	Merged    bool   `json:"merged,omitempty"`
	Stdout    string `json:"stdout"`
	Stderr    string `json:"stderr"`
	StdoutCut bool   `json:"stdoutCut,omitempty"`
	StderrCut bool   `json:"stderrCut,omitempty"`
}

// Usage is what it used, with the children that it had waited for.
type Usage struct {
	User   float64 `json:"userSeconds"`
	System float64 `json:"systemSeconds"`
	MaxRSS int64   `json:"maxRSSBytes"`
}

// Memory is what the memory cgroup tells; a value is left out where it does not.
type Memory struct {
	Cgroup      string `json:"cgroup"` // v1 or v2
	Limit       *int64 `json:"limitBytes,omitempty"`
	Current     *int64 `json:"currentBytes,omitempty"` // after the end
	Peak        *int64 `json:"peakBytes,omitempty"`
	OOMKills    *int   `json:"oomKills,omitempty"`
	OOMKillsOld *int   `json:"oomKillsBefore,omitempty"` // when the run began
}

// Process is one of the process table.
type Process struct {
	PID     int    `json:"pid"`
	Parent  int    `json:"parent"`
	State   string `json:"state"` // as of ps(1): R, S, D, Z …
	Name    string `json:"name"`
	Command string `json:"command,omitempty"` // the command line, cut
	UID     int    `json:"uid"`
	Memory  int64  `json:"memoryBytes"`
	Threads int    `json:"threads,omitempty"`
	Orphan  bool   `json:"orphan,omitempty"` // left behind by what has ended
}

// Artefact is a file that was found.
type Artefact struct {
	Name string `json:"name"` // in the report's directory artefacts/; empty where it was left
	From string `json:"from"` // where it was found
	Kind string `json:"kind"` // such as "heap dump"
	Size int64  `json:"bytes"`
	// State is moved, linked, copied, left (where it is) or pending.
	State string `json:"state"`
	Note  string `json:"note,omitempty"` // why it was left
}
