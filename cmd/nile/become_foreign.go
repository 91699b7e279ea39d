package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
)

// withinUser holds to what a user can have what a nile of that user says, where root is
// to become it: its environment is obeyed (LD_PRELOAD and all), so nobody else's rights may
// be given away to it. Another user or group than nile's is an error. The rest is lowered:
// no_new_privs stands in for the bounding set and for what nile itself may not gain, and
// neither limits nor oom_score_adj get better than this process has them.
func withinUser(nile client.Peer, process *client.Process) error {
	beyond := int(process.UID) != nile.UID || int(process.GID) != nile.GID
	for _, group := range process.Groups {
		beyond = beyond || int(group) != nile.GID && !slices.Contains(nile.Groups, int(group))
	}
	if beyond {
		return fmt.Errorf("cannot become user %d, group %d: the nile at %s runs as user %d, group %d, and names others: do it as user %d",
			process.UID, process.GID, nile.Path, nile.UID, nile.GID, nile.UID)
	}
	process.NoNewPrivileges = true
	process.Add, process.Drop, process.Bounding = nil, nil, ^uint64(0) // a user who is not root keeps none
	for i := range process.Limits {
		limit := &process.Limits[i]
		var own unix.Rlimit
		if err := unix.Getrlimit(limit.Resource, &own); err != nil {
			return fmt.Errorf("cannot read resource limit %d: %w", limit.Resource, err)
		}
		limit.Hard = min(limit.Hard, own.Max)
		limit.Soft = min(limit.Soft, limit.Hard)
	}
	if process.OOMScoreAdj != nil && *process.OOMScoreAdj < ownOOMScoreAdj() {
		process.OOMScoreAdj = nil // as this process has it
	}
	return nil
}

// ownOOMScoreAdj is this process's, or the highest where /proc does not tell it.
func ownOOMScoreAdj() int {
	text, _ := os.ReadFile("/proc/self/oom_score_adj")
	value, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 1000
	}
	return value
}
