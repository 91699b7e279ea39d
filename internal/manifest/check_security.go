package manifest

import (
	"slices"
	"strings"
)

func (c *checker) checkSecurity(container *container) {
	s := container.Security
	if nile := container.Nile; nile != nil && nile.User != "" && s != nil && (s.RunAsUser != nil || s.RunAsGroup != nil) {
		c.errorf(nile.at("user"), "nile.user and securityContext.runAsUser or runAsGroup cannot both be set")
	}
	c.checkNonRoot(container)
	if s == nil {
		return
	}
	var added []string
	if s.Capabilities != nil {
		added = c.checkCapabilities(s.Capabilities.at("add"), s.Capabilities.Add)
		c.checkCapabilities(s.Capabilities.at("drop"), s.Capabilities.Drop)
	}
	if s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation {
		at := s.at("allowPrivilegeEscalation")
		if s.Privileged != nil && *s.Privileged {
			c.errorf(at, "cannot be false in a privileged container")
		}
		if slices.Contains(added, "SYS_ADMIN") {
			c.errorf(at, "cannot be false where the capability SYS_ADMIN is added")
		}
	}
}

// checkNonRoot refuses what the kubelet refuses to start: a container that
// must not run as root and is told to.
func (c *checker) checkNonRoot(container *container) {
	nonRoot, at := effectiveNonRoot(c.spec, container)
	if user := effectiveUser(c.spec, container); nonRoot && user != nil && *user == 0 {
		c.errorf(at, "the container must not run as root, and runAsUser is 0")
	}
}

func effectiveNonRoot(spec *podSpec, container *container) (bool, place) {
	if s := container.Security; s != nil && s.RunAsNonRoot != nil {
		return *s.RunAsNonRoot, s.at("runAsNonRoot")
	}
	if s := spec.SecurityContext; s != nil && s.RunAsNonRoot != nil {
		return *s.RunAsNonRoot, s.at("runAsNonRoot")
	}
	return false, place{}
}

// effectiveUser and effectiveGroup return the container's setting, or else the
// pod's.
func effectiveUser(spec *podSpec, container *container) *int64 {
	if s := container.Security; s != nil && s.RunAsUser != nil {
		return s.RunAsUser
	}
	if s := spec.SecurityContext; s != nil {
		return s.RunAsUser
	}
	return nil
}

func effectiveGroup(spec *podSpec, container *container) *int64 {
	if s := container.Security; s != nil && s.RunAsGroup != nil {
		return s.RunAsGroup
	}
	if s := spec.SecurityContext; s != nil {
		return s.RunAsGroup
	}
	return nil
}

// checkCapabilities returns the names in capitals.
func (c *checker) checkCapabilities(at place, names []string) []string {
	known := capabilityNames()
	upper := make([]string, len(names))
	for i, name := range names {
		upper[i] = strings.ToUpper(name)
		if name == "" || slices.Contains(known, upper[i]) {
			continue
		}
		problem := c.errorf(at.item(i), "unknown capability %q; want a name of capabilities(7) without CAP_, or ALL", shorten(name, 40))
		problem.Suggestion = suggest(strings.TrimPrefix(upper[i], "CAP_"), known)
	}
	return upper
}

// capabilityNames are those of capabilities(7) up to Linux 5.9, the newest
// addition, and ALL.
func capabilityNames() []string {
	return strings.Fields("ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE " +
		"DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN " +
		"NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT " +
		"SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM")
}
