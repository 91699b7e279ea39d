package linux

import (
	"runtime"
	"strconv"
)

// LimitName is the name of a resource limit as limits.conf(5) and manifests have it, without
// "RLIMIT_", or its number where it has none.
func LimitName(resource int) string {
	if resource < 0 || resource >= len(limits) {
		return strconv.Itoa(resource)
	}
	switch runtime.GOARCH {
	case "mips", "mipsle", "mips64", "mips64le": // arch/mips/include/uapi/asm/resource.h
		if resource >= 5 && resource <= 9 {
			return [...]string{"nofile", "as", "rss", "nproc", "memlock"}[resource-5]
		}
	}
	return limits[resource]
}

// limits are in the order of include/uapi/asm-generic/resource.h.
var limits = [...]string{
	"cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime",
}
