package reaper

import (
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// Capabilities changes the capabilities of a child with the meaning that a
// container runtime gives to the same two lists. The base is nile's own
// bounding set (what the runtime gave the container); then, in the order of
// containerd's CRI plugin, Add ALL, Drop ALL, the names in Add, the names in
// Drop. The result bounds all sets of the child. As in a container a child that
// is not root keeps none of them across execve(2), unless the file has some.
//
// Names are those of capabilities(7), with or without CAP_, or ALL.
type Capabilities struct {
	Add, Drop []string
}

// capabilityNames in the order of their numbers, linux/capability.h.
var capabilityNames = [...]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
	"SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
	"SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
	"SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

const opCapabilities = "set its capabilities"

// keep is the set of capabilities that a child may have at most, one bit each.
// Adding what nile itself lacks is an error: nobody can give what he hasn't.
func (c *Capabilities) keep() (uint64, *StartError) {
	// ALL in Add is all that nile has, which is the base.
	add, _, failure := capabilitySet(c.Add)
	if failure != nil {
		return 0, failure
	}
	drop, dropAll, failure := capabilitySet(c.Drop)
	if failure != nil {
		return 0, failure
	}
	bounding := boundingSet()
	_, permitted, _, err := threadCapabilities()
	if err != nil {
		return 0, &StartError{Op: opCapabilities, Err: err.(syscall.Errno)}
	}
	if lacking := add &^ (bounding & permitted); lacking != 0 {
		return 0, &StartError{Op: opCapabilities, Err: syscall.EPERM,
			Detail: "cannot add " + capabilityList(lacking) +
				": nile does not hold it: add it to the container's own securityContext"}
	}
	base := bounding
	if dropAll {
		base = 0
	}
	return (base | add) &^ drop, nil
}

// capabilitySet is the set that a list of names stands for; ALL is apart.
func capabilitySet(names []string) (set uint64, all bool, failure *StartError) {
	for _, name := range names {
		short := ascii.TrimPrefix(ascii.ToUpper(name), "CAP_")
		if short == "ALL" {
			all = true
			continue
		}
		number := -1
		for i, known := range capabilityNames {
			if known == short {
				number = i
			}
		}
		if number < 0 {
			return 0, false, &StartError{Op: opCapabilities, Err: syscall.EINVAL,
				Detail: "unknown capability " + strconv.Quote(name) + ", see capabilities(7)"}
		}
		set |= 1 << number
	}
	return set, all, nil
}

// capabilityList names a set.
func capabilityList(set uint64) string {
	var names []string
	for number := range 64 {
		switch {
		case set&(1<<number) == 0:
		case number < len(capabilityNames):
			names = append(names, "CAP_"+capabilityNames[number])
		default: // a kernel newer than this table
			names = append(names, "capability "+strconv.Itoa(number))
		}
	}
	return ascii.Join(names, ", ")
}

// BoundingSet is the bounding set of the calling thread, capabilities(7): one bit for
// each capability that it, or what it executes, can have.
func BoundingSet() uint64 { return boundingSet() }

// CapabilityNames names the capabilities of a set, as [Capabilities] takes them. What a
// newer kernel has beyond the names known here is left out.
func CapabilityNames(set uint64) []string {
	var names []string
	for number, name := range capabilityNames {
		if set&(1<<number) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// boundingSet is the calling thread's bounding set.
func boundingSet() uint64 {
	var set uint64
	for number := range 64 {
		held, err := linux.PrctlRetInt(syscall.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
		if err != nil {
			break // EINVAL: past the last one that this kernel knows
		}
		set |= uint64(held) << number
	}
	return set
}

// threadCapabilities are the calling thread's sets, capget(2).
func threadCapabilities() (effective, permitted, inheritable uint64, err error) {
	header := linux.CapUserHeader{Version: linux.LINUX_CAPABILITY_VERSION_3}
	var data [2]linux.CapUserData // the low and the high 32 capabilities
	if err := linux.Capget(&header, &data[0]); err != nil {
		return 0, 0, 0, err
	}
	join := func(low, high uint32) uint64 { return uint64(high)<<32 | uint64(low) }
	return join(data[0].Effective, data[1].Effective),
		join(data[0].Permitted, data[1].Permitted),
		join(data[0].Inheritable, data[1].Inheritable), nil
}
