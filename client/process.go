package client

import "context"

// Process is what a container's process was last started with: enough to start another
// one that can do and see the same. Its environment may hold secrets.
type Process struct {
	Name string   `json:"name"`          // of the container
	PID  int      `json:"pid,omitempty"` // 0 where it does not run
	Argv []string `json:"argv"`
	Env  []string `json:"env"` // NAME=VALUE
	Dir  string   `json:"dir"`

	UID    uint32   `json:"uid"`
	GID    uint32   `json:"gid"`
	Groups []uint32 `json:"groups"` // the supplementary ones

	Umask           *int    `json:"umask,omitempty"` // nil where it is not known
	Limits          []Limit `json:"limits,omitempty"`
	OOMScoreAdj     *int    `json:"oomScoreAdj,omitempty"`
	NoNewPrivileges bool    `json:"noNewPrivileges"`

	// Bounding are the capabilities in nile's bounding set, one bit each as in
	// linux/capability.h; Add and Drop change them as a container's securityContext does.
	Bounding uint64   `json:"bounding"`
	Add      []string `json:"addCapabilities,omitempty"`
	Drop     []string `json:"dropCapabilities,omitempty"`
}

// Limit is one resource limit as of setrlimit(2); 2^64-1 is none.
type Limit struct {
	Resource int    `json:"resource"` // the number of a RLIMIT constant
	Soft     uint64 `json:"soft"`
	Hard     uint64 `json:"hard"`
}

// Process asks with what a container was last started. name may be empty where the pod
// has one main container.
func (c *Client) Process(ctx context.Context, name string) (*Process, error) {
	var process Process
	arguments := struct {
		Name string `json:"name,omitempty"`
	}{name}
	if err := c.Call(ctx, "process", arguments, &process); err != nil {
		return nil, err
	}
	return &process, nil
}
