package loop

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// command translates a process into what the reaper starts. stdin is the
// descriptor of its standard input.
func command(p *supervisor.Process, forward bool, stdin uintptr) *reaper.Command {
	if forward {
		return early.Command(p.Argv, p.Env)
	}
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
	return cmd
}

// openStdin is the standard input of a pod's processes: empty, as a container's
// is unless somebody attaches to it. Where there is no /dev/null they share
// nile's own.
func openStdin() *os.File {
	// Not by os.Open, which would try to have it polled.
	if null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
		return os.NewFile(uintptr(null), os.DevNull)
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
