package procs

import "strings"

// cgroupPath is the path of a process's cgroup that tells most, from the lines
// "hierarchy:controllers:path" of /proc/PID/cgroup: the first that names a container,
// else the longest. Engines put a container into every hierarchy, other software
// often only into one.
func cgroupPath(lines string) string {
	longest := ""
	for line := range strings.Lines(lines) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		path := fields[2]
		if ContainerID(path) != "" {
			return path
		}
		if len(path) > len(longest) {
			longest = path
		}
	}
	return longest
}

// shortestID is the length from which hexadecimal digits are taken for a container's
// id: engines give 64, Amazon ECS 32; the parts of a pod's UID are shorter.
const shortestID = 32

// ContainerID is the id that a container engine has put into the path of a cgroup, or
// "". It is in the last part that has one: /kubepods/burstable/podUID/ID,
// /kubepods.slice/…/cri-containerd-ID.scope, /system.slice/docker-ID.scope,
// /../ID below a cgroup namespace.
func ContainerID(path string) string {
	for path != "" {
		cut := strings.LastIndexByte(path, '/')
		if id := hexadecimal(path[cut+1:]); id != "" {
			return id
		}
		path = path[:max(cut, 0)]
	}
	return ""
}

// hexadecimal is the first long run of hexadecimal digits.
func hexadecimal(text string) string {
	begin := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'f') {
			continue
		}
		if i-begin >= shortestID {
			return text[begin:i]
		}
		begin = i + 1
	}
	return ""
}

// outside reports whether a path leads out of the reader's cgroup namespace: the
// process is in another container, see cgroup_namespaces(7).
func outside(path string) bool { return path == "/.." || strings.HasPrefix(path, "/../") }

// ShortID is a container id as engines show it, in twelve digits.
func ShortID(id string) string { return id[:min(len(id), 12)] }
