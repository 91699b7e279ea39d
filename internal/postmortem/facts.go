package postmortem

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// Facts are what the event loop knows of a run that has failed. All of it is a copy that
// nobody changes any more.
type Facts struct {
	Pod     string
	Capture supervisor.Capture
	Runtime string // of the preset: java, go, node …; empty where none is known

	Process  supervisor.Process // as it was started, the override of a retry included
	Usage    supervisor.Usage
	OOM      OOMKills
	Scene    *Scene // what ran when it ended; nil where nobody has looked
	Looks    []Look // what was seen before it was stopped, the latest last
	Probes   []ProbeResult
	Timeline []Event
	// LogMessage says that the termination message is only the end of the output.
	LogMessage bool
	Collect    []string // globs of the user's
	Evidence   []string // patterns of the files that its runtime leaves

	// Output waits for all that the process has printed, and returns the end of it.
	// nil, or false, where nile has not read it. The collector calls it.
	Output func() (Output, bool)
	// More, where not nil, adds what takes time to find out. The collector calls it
	// first.
	More func(*Facts)
}

// Output is the end of what a process has printed.
type Output struct {
	Stdout, Stderr []byte
	// Merged says that both went through one pipe: Stdout has both then.
	Merged bool
	// Cut says that there was more before it.
	StdoutCut, StderrCut bool
}

// OOMKills are how many processes of nile's cgroup the kernel's OOM killer had killed,
// when the run began and when it had ended.
type OOMKills struct {
	Known         bool
	Before, After int
}

// Scene is what the process table showed at one time.
type Scene struct {
	At        time.Time
	Processes []Process
	More      int // processes that are not listed, since there were too many
}

// Look is what was seen of a process that was about to be stopped, or whose probe had
// failed.
type Look struct {
	At      time.Time `json:"at"`                    // when
	Why     string    `json:"why"`                   // what it was looked at for
	PID     int       `json:"pid"`                   // the process
	State   string    `json:"state,omitempty"`       // as of ps(1)
	Waiting string    `json:"waiting,omitempty"`     // the kernel's function that it waits in
	Threads int       `json:"threads,omitempty"`     // how many
	Memory  int64     `json:"memoryBytes,omitempty"` // resident
	Peak    int64     `json:"peakBytes,omitempty"`   // the most that was resident
	Files   []File    `json:"files,omitempty"`       // open files, 256 at most
	Sockets []Socket  `json:"sockets,omitempty"`     // open sockets, 256 at most
	More    int       `json:"more,omitempty"`        // descriptors that are not listed
	Note    string    `json:"note,omitempty"`        // why something is missing
}

// File is an open file.
type File struct {
	FD   int    `json:"fd"`   // the descriptor
	Path string `json:"path"` // as of /proc/PID/fd
}

// Socket is an open socket.
type Socket struct {
	FD       int    `json:"fd"`               // the descriptor
	Protocol string `json:"protocol"`         // tcp, tcp6, udp, udp6, unix or other
	State    string `json:"state,omitempty"`  // such as LISTEN
	Local    string `json:"local,omitempty"`  // its own address
	Remote   string `json:"remote,omitempty"` // that of the other end
}

// ProbeResult is the last result of one of the container's probes.
type ProbeResult struct {
	Kind     string    `json:"kind"`              // startup, liveness or readiness
	Handler  string    `json:"handler"`           // such as GET :8080/healthz
	Result   string    `json:"result"`            // success, failure or unknown
	Message  string    `json:"message,omitempty"` // what it saw
	At       time.Time `json:"at"`                // when
	Failures int       `json:"failures"`          // in a row
}

// Event is one line of the timeline.
type Event struct {
	At        time.Time `json:"at"`                  // when
	Container string    `json:"container,omitempty"` // absent where it is about the pod
	From      string    `json:"from,omitempty"`      // the state before
	To        string    `json:"to,omitempty"`        // the state after
	Level     string    `json:"level"`               // debug, info, warn or error
	Why       string    `json:"why"`                 // what happened
	PID       int       `json:"pid,omitempty"`       // the process that it is about
	Signal    string    `json:"signal,omitempty"`    // that nile received, by name
}
