package main

import (
	"errors"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/reaper"
)

// become makes this process a command that a container's process could have started: it
// takes on user, groups, environment, directory, umask, limits and capabilities, and
// executes the command in its own place, on the caller's terminal. It returns only
// where that fails, with an error that has the exit code of a shell.
func become(nile client.Peer, process *client.Process, argv []string) error {
	// Root's nile may do all; and for a user the kernel sets the bounds.
	if os.Getuid() == 0 && nile.UID != 0 {
		if err := withinUser(nile, process); err != nil {
			return &exitError{code: exitFailed, err: err}
		}
	}
	command := commandLike(process, argv, reaper.BoundingSet())
	debug.SetGCPercent(-1) // it stops threads by signals, whose actions are reset on the way
	err := reaper.Exec(command)
	var start *reaper.StartError
	if errors.As(err, &start) {
		return &exitError{code: start.ExitCode(), err: err}
	}
	return failed(err)
}

// commandLike is a command with all that a container's process has. bounding are the
// capabilities in the bounding set of this process.
func commandLike(process *client.Process, argv []string, bounding uint64) *reaper.Command {
	c := &reaper.Command{
		Argv: argv, Env: withTerminal(process.Env), Dir: process.Dir, Files: []uintptr{0, 1, 2},
		Credential:      &reaper.Credential{UID: process.UID, GID: process.GID, Groups: process.Groups, SetGroups: true},
		NoNewPrivileges: process.NoNewPrivileges, Umask: process.Umask, OOMScoreAdj: process.OOMScoreAdj,
	}
	for _, limit := range process.Limits {
		c.Rlimits = append(c.Rlimits, reaper.Rlimit(limit))
	}
	surplus := reaper.CapabilityNames(bounding &^ process.Bounding)
	if len(process.Add) > 0 || len(process.Drop) > 0 || len(surplus) > 0 {
		c.Capabilities = &reaper.Capabilities{Add: process.Add, Drop: append(slices.Clone(process.Drop), surplus...)}
	}
	return c
}

// withTerminal gives an environment the kind of the caller's terminal.
func withTerminal(env []string) []string {
	kind := os.Getenv("TERM")
	if kind == "" {
		return env
	}
	if _, err := unix.IoctlGetTermios(unix.Stdin, unix.TCGETS); err != nil {
		return env
	}
	env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, "TERM=") })
	return append(env, "TERM="+kind)
}
