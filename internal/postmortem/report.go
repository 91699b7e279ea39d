package postmortem

import "time"

// Version is that of the report's schema. Fields may be added within a version; readers
// ignore those they don't know.
const Version = 1

// Report is the report of one crash. Secrets are masked in it. The schema with the meaning
// and the units of each field is docs/reference/report.md.
type Report struct {
	Version   int       `json:"version"`           // of this schema: 1
	ID        string    `json:"id"`                // the report's name: time of the end, container, restarts
	Nile      string    `json:"nile,omitempty"`    // the version of nile that wrote it
	Host      string    `json:"host,omitempty"`    // the host name, in a cluster that of the pod
	Written   time.Time `json:"written"`           // when it was written
	Pod       string    `json:"pod"`               // the pod's name; nile for a wrapped command
	Container string    `json:"container"`         // the container that failed
	Role      string    `json:"role"`              // init, sidecar or main
	Runtime   string    `json:"runtime,omitempty"` // java, go, node, python or dotnet, where the command shows it
	Restarts  int       `json:"restarts"`          // how often it had been restarted before
	Held      bool      `json:"held"`              // the pod is held because of it
	Frozen    bool      `json:"frozen,omitempty"`  // the process stands still as it ended, for nile inspect and nile core

	Cause   Cause   `json:"cause"`            // why it ended, as far as the evidence tells
	End     End     `json:"end"`              // how it ended
	Command Command `json:"command"`          // what was executed
	Output  Printed `json:"output"`           // the end of what it printed
	Usage   Usage   `json:"usage"`            // what it used, with the children that it had waited for
	Memory  *Memory `json:"memory,omitempty"` // the memory cgroup; absent where there is none to read

	Scene      []Process     `json:"processes,omitempty"`     // the process table, 256 at most, nile and its descendants first
	SceneAt    *time.Time    `json:"processesAt,omitempty"`   // when that was read
	SceneMore  int           `json:"processesMore,omitempty"` // how many are not listed
	Looks      []Look        `json:"looks,omitempty"`         // what was seen of the process before it was stopped, the latest last
	Artefacts  []Artefact    `json:"artefacts,omitempty"`     // the files that it left, 32 at most
	Incomplete bool          `json:"incomplete,omitempty"`    // artefacts are still being collected
	Probes     []ProbeResult `json:"probes,omitempty"`        // the last result of each probe
	Timeline   []Event       `json:"timeline,omitempty"`      // what happened before, the latest last
	Notes      []string      `json:"notes,omitempty"`         // what could not be had, and why
}

// Cause is why it ended, as far as the evidence tells.
type Cause struct {
	Line     string   `json:"line"`               // for people, without control characters
	Rule     string   `json:"rule"`               // the kind of cause, for metrics and searches: java-heap
	Evidence string   `json:"evidence,omitempty"` // where it stands: stderr, hs_err_pid7.log, memory.events
	Sure     bool     `json:"sure"`               // false where the line only tells what was seen
	Details  []string `json:"details,omitempty"`  // further lines, such as the first frames of a stack
	Try      string   `json:"try,omitempty"`      // what may help
}

// End is how the run ended.
type End struct {
	How       string    `json:"how"`                  // for people: exited with code 1, was ended by SIGKILL
	Trigger   string    `json:"trigger"`              // exit (by itself), start (it could not be), startup, liveness, notify, watchdog, postStart
	Code      int       `json:"code"`                 // the exit code as a shell shows it: 128 plus the signal's number
	Signal    string    `json:"signal,omitempty"`     // the signal's name
	Core      bool      `json:"coreDumped,omitempty"` // the kernel says that a core was dumped
	OOMKilled bool      `json:"oomKilled,omitempty"`  // the cgroup's OOM killer did it
	Reason    string    `json:"reason,omitempty"`     // as in the container's status: Error, OOMKilled, StartError
	Message   string    `json:"message,omitempty"`    // the termination message that it left
	Probe     string    `json:"probe,omitempty"`      // what the failed probe or hook said
	Started   time.Time `json:"startedAt,omitzero"`   // absent where it never ran
	Finished  time.Time `json:"finishedAt"`           // when its end was seen
	Seconds   float64   `json:"seconds"`              // between the two
}

// Command is what was executed.
type Command struct {
	PID             int      `json:"pid,omitempty"`             // absent where it never ran
	Arguments       []string `json:"arguments"`                 // the command and its arguments
	Environment     []string `json:"environment"`               // NAME=VALUE
	Directory       string   `json:"directory"`                 // the working directory
	User            User     `json:"user"`                      // whom it ran as
	Umask           string   `json:"umask,omitempty"`           // octal; absent where nile's own
	NoNewPrivileges bool     `json:"noNewPrivileges,omitempty"` // allowPrivilegeEscalation: false
	Limits          []Limit  `json:"limits,omitempty"`          // resource limits
}

// User is whom it ran as.
type User struct {
	UID    int   `json:"uid"`              // the user id
	GID    int   `json:"gid"`              // the group id
	Groups []int `json:"groups,omitempty"` // supplementary groups that the manifest names
}

// Limit is a resource limit as of setrlimit(2).
type Limit struct {
	Name string `json:"name"` // without RLIMIT_: NOFILE
	Soft int64  `json:"soft"` // -1 is unlimited
	Hard int64  `json:"hard"` // -1 is unlimited
}

// Printed is the end of what it printed, for people: bytes that are no UTF-8 are
// replaced here, and stand in the files beside the report as they were.
type Printed struct {
	Seen      bool   `json:"seen"`                // false where nile did not read it
	Merged    bool   `json:"merged,omitempty"`    // stdout has both streams
	Stdout    string `json:"stdout"`              // standard output; what is no UTF-8 is replaced
	Stderr    string `json:"stderr"`              // standard error; likewise
	StdoutCut bool   `json:"stdoutCut,omitempty"` // there was more before it
	StderrCut bool   `json:"stderrCut,omitempty"` // likewise
}

// Usage is what it used, with the children that it had waited for, as of getrusage(2).
type Usage struct {
	User   float64 `json:"userSeconds"`   // CPU time in user mode
	System float64 `json:"systemSeconds"` // CPU time in the kernel
	MaxRSS int64   `json:"maxRSSBytes"`   // the largest resident set
}

// Memory is what the memory cgroup tells; a value is left out where it does not.
type Memory struct {
	Cgroup      string `json:"cgroup"`                   // v1 or v2
	Limit       *int64 `json:"limitBytes,omitempty"`     // absent where there is none
	Current     *int64 `json:"currentBytes,omitempty"`   // after the end
	Peak        *int64 `json:"peakBytes,omitempty"`      // the most since the cgroup was made
	OOMKills    *int   `json:"oomKills,omitempty"`       // processes that the OOM killer has killed in it, after the end
	OOMKillsOld *int   `json:"oomKillsBefore,omitempty"` // when the run began
}

// Process is one of the process table.
type Process struct {
	PID     int    `json:"pid"`               // its process id
	Parent  int    `json:"parent"`            // its parent's
	State   string `json:"state"`             // as of ps(1): R, S, D, Z …
	Name    string `json:"name"`              // as the kernel has it, 15 bytes
	Command string `json:"command,omitempty"` // the command line, cut at 300 bytes
	UID     int    `json:"uid"`               // its user
	Memory  int64  `json:"memoryBytes"`       // resident
	Threads int    `json:"threads,omitempty"` // how many
	Orphan  bool   `json:"orphan,omitempty"`  // left behind by a process that has ended
}

// Artefact is a file that was found.
type Artefact struct {
	Name  string `json:"name"`           // in the report's directory artefacts/; empty where it was left
	From  string `json:"from"`           // where it was found
	Kind  string `json:"kind"`           // such as heap dump
	Size  int64  `json:"bytes"`          // its size
	State string `json:"state"`          // moved, linked, copied, left (where it is) or pending
	Note  string `json:"note,omitempty"` // why it was left
}
