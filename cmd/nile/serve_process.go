package main

import (
	"bufio"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/reaper"
)

// serveProcess registers the verb process.
func (s *service) serveProcess(server *control.Server) {
	server.Handle("process", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var arguments struct {
			Name string `json:"name"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		if arguments.Name == "" { // the one that people want to look at
			arguments.Name = s.onlyHeld(ctx)
		}
		name, err := s.choose(arguments.Name)
		if err != nil {
			return nil, err
		}
		command, ok, err := s.handle.Command(ctx, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, s.unknownContainer(name)
		}
		process := processFrom(&command)
		process.Name = name
		snapshot, err := s.handle.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		for i := range snapshot.Containers {
			if snapshot.Containers[i].Name == name {
				process.PID = snapshot.Containers[i].PID
			}
		}
		return process, nil
	})
}

// processFrom describes what a command is started with, where it says nothing by what
// nile has itself.
func processFrom(c *reaper.Command) *client.Process {
	p := &client.Process{
		Argv: c.Argv, Env: c.Env, Dir: c.Dir, UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
		Umask: c.Umask, OOMScoreAdj: c.OOMScoreAdj, NoNewPrivileges: c.NoNewPrivileges, Bounding: reaper.BoundingSet(),
	}
	if p.Dir == "" {
		p.Dir, _ = os.Getwd() // one that is gone stays unnamed
	}
	if groups, err := os.Getgroups(); err == nil {
		for _, group := range groups {
			p.Groups = append(p.Groups, uint32(group))
		}
	}
	if c.Credential != nil {
		p.UID, p.GID = c.Credential.UID, c.Credential.GID
		if c.Credential.SetGroups {
			p.Groups = c.Credential.Groups
		}
	}
	if p.Umask == nil {
		p.Umask = ownUmask()
	}
	if own, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err == nil && own == 1 {
		p.NoNewPrivileges = true
	}
	for _, limit := range c.Rlimits {
		p.Limits = append(p.Limits, client.Limit(limit))
	}
	if c.Capabilities != nil {
		p.Add, p.Drop = slices.Clone(c.Capabilities.Add), slices.Clone(c.Capabilities.Drop)
	}
	return p
}

// ownUmask reads nile's umask, which no system call tells without changing it
// (proc_pid_status(5), since Linux 4.7); nil where it cannot be known.
func ownUmask() *int {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return nil
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "Umask:"); ok {
			if mask, err := strconv.ParseUint(strings.TrimSpace(text), 8, 12); err == nil {
				umask := int(mask)
				return &umask
			}
		}
	}
	return nil
}
