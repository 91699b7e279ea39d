package reaper

import (
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/linux"

	"github.com/nile-init/nile/internal/startstate"
)

// limits plans what may need CAP_SYS_RESOURCE, hence before the identity.
func (p *plan) limits() {
	c := p.command
	if c.OOMScoreAdj != nil {
		value := strconv.Itoa(*c.OOMScoreAdj)
		says := StartError{Op: "set oom_score_adj to", Path: value}
		here := linux.AT_FDCWD
		file := p.call(says, syscall.SYS_OPENAT, uintptr(here), p.text("/proc/self/oom_score_adj"), syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
		write := p.call(says, syscall.SYS_WRITE, 0, p.text(value), uintptr(len(value)))
		p.steps[write].first = file
	}
	if c.Umask != nil {
		p.try(anyError, StartError{}, syscall.SYS_UMASK, uintptr(*c.Umask))
	}
	if soft, hard, raised := raisedFileLimit(); raised {
		p.limit(anyError, Rlimit{Resource: syscall.RLIMIT_NOFILE, Soft: soft, Hard: hard})
	}
	for _, limit := range c.Rlimits {
		p.limit(0, limit)
	}
}

func (p *plan) limit(goOn uint64, limit Rlimit) {
	says := StartError{Op: "set resource limit", Path: strconv.Itoa(limit.Resource) + " to " +
		strconv.FormatUint(limit.Soft, 10) + " soft, " + strconv.FormatUint(limit.Hard, 10) + " hard"}
	p.try(goOn, says, syscall.SYS_PRLIMIT64, 0, uintptr(limit.Resource), p.at(unsafe.Pointer(&[2]uint64{limit.Soft, limit.Hard})), 0)
}

// raisedFileLimit is the limit of open files that nile was started with, if the
// soft one is now what Go's runtime has made of it (syscall/rlimit.go), and not what
// somebody has set since.
func raisedFileLimit() (soft, hard uint64, raised bool) {
	soft, hard, known := startstate.OpenFiles()
	var now syscall.Rlimit
	if !known || syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now) != nil {
		return 0, 0, false
	}
	return soft, hard, now.Cur == hard-1 && now.Max == hard
}

// identity plans capabilities, groups and user. The bounding set goes first, since
// it needs CAP_SETPCAP; the other sets go last, since the user and the groups need
// CAP_SETUID and CAP_SETGID.
func (p *plan) identity() *StartError {
	c := p.command
	var keep uint64
	if c.Capabilities != nil {
		var failure *StartError
		if keep, failure = c.Capabilities.keep(); failure != nil {
			return failure
		}
		p.dropBounding(keep)
	}
	if c.Credential != nil && !c.Credential.isNile() {
		p.become(c.Credential)
	}
	if c.Capabilities != nil {
		return p.limitCapabilities(keep)
	}
	return nil
}

// dropBounding plans that nothing but keep is in the bounding set.
func (p *plan) dropBounding(keep uint64) {
	surplus := boundingSet() &^ keep
	says := StartError{Op: opCapabilities,
		Detail: "cannot drop " + capabilityList(surplus) + " from the bounding set (nile lacks CAP_SETPCAP): " +
			"drop it in the container's own securityContext, or set allowPrivilegeEscalation: false"}
	goOn := uint64(0)
	if p.command.NoNewPrivileges {
		// Then execve(2) gives nothing from the bounding set, so that it does not
		// matter what remains there.
		goOn = anyError
	}
	for number := range 64 {
		if surplus&(1<<number) != 0 {
			p.try(goOn, says, syscall.SYS_PRCTL, syscall.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0)
		}
	}
}

// limitCapabilities plans that nothing but keep is in the other sets. The ambient
// set follows: the kernel keeps it within permitted and inheritable.
func (p *plan) limitCapabilities(keep uint64) *StartError {
	effective, permitted, inheritable, err := threadCapabilities()
	if err != nil {
		return &StartError{Op: opCapabilities, Err: err.(syscall.Errno)}
	}
	says := StartError{Op: opCapabilities}
	header := p.at(unsafe.Pointer(&linux.CapUserHeader{Version: linux.LINUX_CAPABILITY_VERSION_3}))
	set := func(effective, permitted uint64) uintptr {
		data := new([2]linux.CapUserData) // the low and the high 32 capabilities
		for half := range data {
			shift := 32 * half
			data[half] = linux.CapUserData{
				Effective:   uint32(effective & keep >> shift),
				Permitted:   uint32(permitted & keep >> shift),
				Inheritable: uint32(inheritable & keep >> shift),
			}
		}
		return p.at(unsafe.Pointer(data))
	}
	kept := p.try(errnos(syscall.EPERM), says, syscall.SYS_CAPSET, header, set(effective, permitted))
	// It is refused if the change of the user from root has taken them all.
	cleared := p.call(says, syscall.SYS_CAPSET, header, set(0, 0))
	p.steps[cleared].unless = kept
	return nil
}

// become plans the change of groups and user, in that order.
func (p *plan) become(c *Credential) {
	uid, gid := strconv.FormatUint(uint64(c.UID), 10), strconv.FormatUint(uint64(c.GID), 10)
	needs := func(capability string, i int) { p.steps[i].capability = capability }
	if c.SetGroups {
		list := slices.Clone(append(c.Groups, 0)) // with room for a pointer to none
		needs("CAP_SETGID", p.call(StartError{Op: "set the supplementary groups of the user", Path: uid},
			sysSetgroups, uintptr(len(c.Groups)), p.at(unsafe.Pointer(&list[0]))))
	}
	needs("CAP_SETGID", p.call(StartError{Op: "become the group", Path: gid},
		sysSetresgid, uintptr(c.GID), uintptr(c.GID), uintptr(c.GID)))
	needs("CAP_SETUID", p.call(StartError{Op: opUser, Path: uid},
		sysSetresuid, uintptr(c.UID), uintptr(c.UID), uintptr(c.UID)))
}

// lacks explains an EPERM.
func lacks(err error, capability string) string {
	return err.Error() + ": nile runs as user " + strconv.Itoa(syscall.Getuid()) + " without " + capability
}
