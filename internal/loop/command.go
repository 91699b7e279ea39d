package loop

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// command translates a process into what the reaper starts. stdin is the
// descriptor of its standard input.
func command(p *supervisor.Process, forward bool, stdin uintptr) *reaper.Command {
	cmd := &reaper.Command{
		Argv:            p.Argv,
		Env:             p.Env,
		Dir:             p.Dir,
		Files:           []uintptr{stdin, 1, 2},
		Isolation:       reaper.NewSession,
		Cookie:          true,
		NoNewPrivileges: p.NoNewPrivileges,
		Umask:           p.Umask,
		OOMScoreAdj:     p.OOMScoreAdj,
		Credential:      credential(p.User),
	}
	if p.Capabilities != nil {
		cmd.Capabilities = &reaper.Capabilities{Add: p.Capabilities.Add, Drop: p.Capabilities.Drop}
	}
	for _, r := range p.Rlimits {
		cmd.Rlimits = append(cmd.Rlimits, reaper.Rlimit{Resource: r.Resource, Soft: r.Soft, Hard: r.Hard})
	}
	if forward {
		// As with tini: a group of its own, which gets the terminal if there
		// is one, and an environment that nothing was added to.
		cmd.Isolation = reaper.NewGroup
		cmd.Cookie = false
		cmd.Foreground = hasForeground(0)
	}
	return cmd
}

// openStdin is the standard input of a pod's processes: empty, as a container's
// is unless somebody attaches to it. Where there is no /dev/null they share
// nile's own.
func openStdin() *os.File {
	if null, err := os.Open(os.DevNull); err == nil {
		return null
	}
	return os.Stdin
}

// credential fills in nile's own ids where the user names none. A process whose
// identity changes loses nile's supplementary groups: they were not meant for it.
func credential(u *supervisor.User) *reaper.Credential {
	if u == nil {
		return nil
	}
	c := &reaper.Credential{UID: uint32(os.Getuid()), GID: uint32(os.Getgid()), Groups: u.Groups}
	own := *c
	if u.UID != nil {
		c.UID = *u.UID
	}
	if u.GID != nil {
		c.GID = *u.GID
	}
	c.SetGroups = u.Groups != nil || c.UID != own.UID || c.GID != own.GID
	return c
}

// hasForeground tells whether a descriptor is the terminal that controls nile's
// session, and nile's group is the one in front: only then has it something to
// hand on. One in the background must not take the terminal from the shell.
func hasForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
