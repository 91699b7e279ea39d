package reaper

import (
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/linux"
)

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
