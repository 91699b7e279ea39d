package reaper

import (
	"strconv"

	"github.com/nile-init/nile/internal/ascii"
)

// foreign reports whether an orphan is of another container: of one that has been put
// into the PID namespace whose PID 1 is nile, as `kubectl debug --target` and `docker
// run --pid container:…` do. The kernel gives such orphans to PID 1, whoever's they are;
// elsewhere nile is given none but its descendants.
//
// Another container has other mounts, and a cgroup that is not below nile's: both are
// asked, since a descendant may have made itself mounts of its own, and an engine may
// give a cgroup of its own to what it executes in nile's container.
func (r *Reaper) foreign(pid int) bool {
	if r.self != 1 {
		return false
	}
	process := "/proc/" + strconv.Itoa(pid)
	ours, its := firstMount("/proc/self"), firstMount(process)
	if ours == "" || its == "" || ours == its {
		return false
	}
	own, err := readFile("/proc/self/cgroup", make([]byte, 4096))
	if err != nil {
		return false
	}
	other, err := readFile(process+"/cgroup", make([]byte, 4096))
	return err == nil && !within(string(other), string(own))
}

// firstMount is the id of the first mount that a process sees, which no other mount
// namespace has, or "". Anybody may read it, see proc_pid_mountinfo(5).
func firstMount(process string) string {
	line, err := readFile(process+"/mountinfo", make([]byte, 32))
	if err != nil {
		return ""
	}
	id, _, _ := ascii.Cut(string(line), " ")
	return id
}

// within reports whether each cgroup of a process is one of nile's or below it. Both are
// lines "hierarchy:controllers:path" as proc_pid_cgroup(5) has them.
func within(other, own string) bool {
	for line := range ascii.Split(other, '\n') {
		path := ascii.IndexByte(line, ':') + 1
		path += ascii.IndexByte(line[path:], ':') + 1
		for ours := range ascii.Split(own, '\n') {
			above, same := ascii.CutPrefix(ours, line[:path])
			if !same || line == "" {
				continue
			}
			// Below a cgroup namespace what is outside begins with "/..".
			if below, ok := ascii.CutPrefix(line[path:], ascii.TrimRight(above, "/")); !ok || below != "" && below[0] != '/' ||
				ascii.HasPrefix(line[path:], "/..") {
				return false
			}
		}
	}
	return true
}
