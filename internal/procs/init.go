package procs

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procstat"
)

// Init is PID 1 of this PID namespace, where that is of another container.
type Init struct {
	Name      string // as the kernel has it, such as pause
	Container string // the id of its container; empty where its cgroup names none
}

// ForeignInit reports whether PID 1 is in another container than this process, as it is
// in a pod with shareProcessNamespace or hostPID, and who that is. An init beside this
// process in its own container, or on a machine without containers, is not foreign; nor
// is one of which nothing can be read.
//
// Another container has another cgroup and other mounts: both are asked, since a
// service of systemd's may have mounts of its own, and a session a cgroup of its own.
// Nobody needs rights to read either, which the links in /proc/PID/ns take
// (proc_pid_ns(5)). root is where /proc is; empty is /proc.
func ForeignInit(root string) (found Init, foreign bool) {
	proc, err := openRoot(root)
	if err != nil {
		return Init{}, false
	}
	defer unix.Close(proc)
	buffer := make([]byte, 8192)
	read := func(name string) string {
		text, _ := procstat.ReadFile(proc, name, buffer)
		return string(text)
	}
	ours, its := firstMount(read("self/mountinfo")), firstMount(read("1/mountinfo"))
	if ours == "" || its == "" || ours == its {
		return Init{}, false
	}
	own, other := cgroupPath(read("self/cgroup")), cgroupPath(read("1/cgroup"))
	found = Init{Name: strings.TrimSpace(read("1/comm")), Container: ContainerID(other)}
	// Where there are no cgroups the mounts have to do.
	return found, own == "" || ContainerID(own) != found.Container || outside(own) != outside(other)
}

// firstMount is the id of the first mount in a mountinfo, which no other mount namespace
// has, see proc_pid_mountinfo(5).
func firstMount(mountinfo string) string {
	id, _, _ := strings.Cut(mountinfo, " ")
	return id
}
