package client

import (
	"context"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// Status is the state of a pod: a PodStatus of the Pod API, and what only nile has.
type Status struct {
	supervisor.PodStatus
	Nile NileStatus `json:"nile"`
}

// NileStatus is the part of a [Status] that Kubernetes has no words for.
type NileStatus struct {
	Pod       string              `json:"pod"` // its name
	State     supervisor.PodState `json:"state"`
	PID       int                 `json:"pid"` // of nile
	Version   string              `json:"version"`
	Time      time.Time           `json:"time"`      // of this status
	LastEvent uint64              `json:"lastEvent"` // the number of the latest event before it
	// Masks are the further names of secrets that nile was told.
	Masks []string `json:"masks,omitempty"`
	// HeldSince is when the hold began, absent where the pod is not held; HeldBecause
	// says what is held and why.
	HeldSince   *time.Time  `json:"heldSince,omitempty"`
	HeldBecause string      `json:"heldBecause,omitempty"`
	Containers  []Container `json:"containers"`
}

// Container is what nile knows of a container, init containers and sidecars included,
// in the order of the manifest.
type Container struct {
	Name       string           `json:"name"`
	Role       supervisor.Role  `json:"role"`  // init, sidecar or main
	State      supervisor.State `json:"state"` // of nile's machine, such as Running or Backoff
	PID        int              `json:"pid,omitempty"`
	Generation int              `json:"generation"` // counts starts and ends
	Restarts   int              `json:"restarts"`
	Running    bool             `json:"running"` // its process runs
	Started    bool             `json:"started"`
	Ready      bool             `json:"ready"`
	StartedAt  *time.Time       `json:"startedAt,omitempty"` // of the present or else the last run
	// Backoff is the whole wait before a restart that it is in, in seconds.
	Backoff float64 `json:"backoffSeconds,omitempty"`
	Trouble string  `json:"trouble,omitempty"` // what went wrong with the present start

	// WaitsFor is what its start waits for, where that is a dependency, such as "db to be
	// Ready".
	WaitsFor string `json:"waitsFor,omitempty"`
	// Last and Previous are how the last run, and the one before, ended.
	Last     *Termination `json:"last,omitempty"`
	Previous *Termination `json:"previous,omitempty"`
	// Trigger says what ended the last run where it has failed and nobody had asked for
	// its end; Evidence what the probe or hook said that ended it.
	Trigger  supervisor.Trigger `json:"trigger,omitempty"`
	Evidence string             `json:"evidence,omitempty"`
	// Schedule is, of a job, when it runs and how it has fared.
	Schedule *Schedule `json:"schedule,omitempty"`
	// Notify is what its process has said of its state, where it is to say that it is ready:
	// Waiting (nothing yet), Ready, Reloading or Stopping; StatusText what it says that it is
	// doing.
	Notify     string `json:"notify,omitempty"`
	StatusText string `json:"statusText,omitempty"`

	Retried bool `json:"retried,omitempty"` // it is being retried while the pod is held
	Parked  bool `json:"parked,omitempty"`  // a sidecar that does not run because the pod is held
	// Cause is, of one that is held, the first line of its report, once that has been made;
	// Frozen that its process still is there as it ended.
	Cause  string  `json:"cause,omitempty"`
	Frozen bool    `json:"frozen,omitempty"`
	Watch  []Watch `json:"watch,omitempty"` // the files that it watches
}

// Watch is a set of files that a container watches, and what they have told.
type Watch struct {
	Paths   []string               `json:"paths"`
	Action  supervisor.WatchAction `json:"action"`
	Changes int                    `json:"changes"`
	// Path is the first file of the latest change, and ChangedAt when it was seen.
	Path      string     `json:"path,omitempty"`
	ChangedAt *time.Time `json:"changedAt,omitempty"`
	// Failures are how many commands of an Exec have failed, and Trouble why the last one did.
	Failures int    `json:"failures,omitempty"`
	Trouble  string `json:"trouble,omitempty"`
}

// Schedule is when a job runs, and how its runs have ended.
type Schedule struct {
	Every    float64    `json:"everySeconds"`
	Next     *time.Time `json:"next,omitempty"` // absent while it is stopped or held, or its turn has not come
	Runs     int        `json:"runs"`           // that have ended
	Failures int        `json:"failures"`       // of these
	Skipped  int        `json:"skipped"`        // times at which it still ran
}

// Termination is how a run ended.
type Termination struct {
	ExitCode   int       `json:"exitCode"`         // 128 plus the signal's number where one ended it
	Signal     string    `json:"signal,omitempty"` // such as SIGKILL
	Core       bool      `json:"core,omitempty"`   // it left a core
	Reason     string    `json:"reason"`           // as in a Pod's status
	Why        string    `json:"why,omitempty"`    // what could not be started, and why
	Message    string    `json:"message,omitempty"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	Asked      bool      `json:"asked,omitempty"` // nile had sent it a stop signal or SIGKILL
}

// Status asks for the state of the pod.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	var status Status
	if err := c.Call(ctx, "status", nil, &status); err != nil {
		return nil, err
	}
	return &status, nil
}
