package reaper

import (
	"slices"
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/procstat"
)

// HasStrays reports whether any living process has been adopted: a cheap check
// that reads no more than the list of nile's children. Without /proc it is
// certain only when no started process is left.
func (r *Reaper) HasStrays() bool {
	if !r.adopts {
		return r.Strays("") > 0
	}
	if len(r.started) == 0 && childless() {
		return false
	}
	if !r.procUsable() {
		return len(r.started) == 0
	}
	for dead := -1; ; {
		living, orphans := r.lookForOrphans()
		if living || orphans <= max(dead, 0) { // see Strays
			return living
		}
		dead = orphans
	}
}

// lookForOrphans tells whether any of nile's children that it has not started lives, and
// else how many have ended.
func (r *Reaper) lookForOrphans() (living bool, dead int) {
	stat := make([]byte, 1024)
	children, ok := r.children()
	if !ok {
		table, _ := r.listProcesses()
		for _, p := range table {
			if p.parent == r.self {
				children = append(children, p.pid)
			}
		}
	}
	for _, pid := range children {
		if r.started[pid] != nil {
			continue
		}
		if p, ok := readProcess(pid, stat); ok && p.alive {
			return true, 0
		}
		dead++
	}
	return false, dead
}

// adopted returns the living orphans that are nile's children now, without a look at
// the rest of the process table.
func (r *Reaper) adopted() []member {
	children, ok := r.children()
	if !ok {
		return nil
	}
	var list []member
	stat := make([]byte, 1024)
	for _, pid := range children {
		if r.started[pid] != nil {
			continue
		}
		if p, ok := readProcess(pid, stat); ok && p.alive {
			list = append(list, member{p, 0, r.attribute(p)})
		}
	}
	return list
}

// children lists those of nile's children that may be orphans, or kept by a freeze.
// An orphan is given to the first thread of its new parent that lives (find_alive_thread
// in the kernel's exit.c). That is the one with the process's own number: Go's runtime
// never ends it. What is kept was started by the calling thread, which traces it.
func (r *Reaper) children() (list []int, ok bool) {
	list, ok = childrenOf(r.self, nil)
	if caller := syscall.Gettid(); ok && caller != r.self {
		list, ok = childrenOf(caller, list)
	}
	return list, ok
}

// childrenOf appends the children of one of nile's threads, from
// /proc/self/task/TID/children, which a kernel has only with CONFIG_PROC_CHILDREN.
func childrenOf(thread int, list []int) (all []int, ok bool) {
	path := "/proc/self/task/" + strconv.Itoa(thread) + "/children"
	for size := 4096; size <= 65536; size *= 16 {
		data, err := readFile(path, make([]byte, size))
		if err != nil {
			return nil, false
		}
		if len(data) == size {
			continue // there may be more
		}
		for field := range ascii.Fields(data) {
			list = append(list, int(procstat.Number(field)))
		}
		return list, true
	}
	return nil, false
}

// Strays counts the living processes that an owner has left behind: adopted
// orphans that are attributed to it, and their descendants. Zombies don't
// count. With owner "" it counts every stray, whoever's. Without /proc it is 0.
func (r *Reaper) Strays(owner string) int {
	for dead, looks := -1, 1; ; looks++ {
		members, _ := r.survey()
		strays, orphans := len(straysOf(members, owner)), r.deadOrphans
		// An orphan that has ended can have forked while the table was read, and its child
		// be missing: it is in a table that is read from now on.
		if strays > 0 || orphans <= max(dead, 0) && !doubtful(members, looks) {
			return strays
		}
		dead = orphans
	}
}

// How often Strays looks where it sees one that nobody is known to own: some times in any
// case, and while it is in the midst of execve(2) for as long as a busy machine may leave it
// there, with a millisecond between.
const (
	leastLooks = 4
	mostLooks  = 100
)

// doubtful tells whether another look may tell more of a stray that nobody is known to own,
// and waits a moment for it.
func doubtful(members []member, looks int) bool {
	nobodys := func(m member) bool { return m.root == 0 && m.owner == "" }
	if looks < leastLooks {
		return slices.ContainsFunc(members, nobodys)
	}
	if looks >= mostLooks || !slices.ContainsFunc(members, func(m member) bool { return nobodys(m) && hollow(m.pid) }) {
		return false
	}
	_ = syscall.Nanosleep(&syscall.Timespec{Nsec: 1e6}, nil)
	return true
}

// hollow tells whether a process has no memory now in which its arguments and its environment
// could be, as in the midst of execve(2) and of its end.
func hollow(pid int) bool {
	data, err := readFile("/proc/"+strconv.Itoa(pid)+"/cmdline", make([]byte, 1))
	return err == nil && len(data) == 0
}

// SignalStrays signals the strays of an owner, or with owner "" every stray,
// and returns how many were signalled. Strays are descendants of nile, never
// other processes of a shared PID namespace. SIGKILL is repeated until no new
// ones appear. Without /proc it does nothing.
func (r *Reaper) SignalStrays(owner string, sig syscall.Signal) int {
	pick := func(members []member) []member { return straysOf(members, owner) }
	if sig != syscall.SIGKILL {
		members, _ := r.survey()
		n, _ := r.signalEach(pick(members), sig)
		return n
	}
	n, _ := r.killAll(pick, func() {
		for _, c := range r.ended {
			if owner == "" || c.owner == owner {
				r.killCgroup(c, nil)
			}
		}
	})
	return n
}

// SignalStraysOfGroup signals those strays that are still in the process group
// of a process that the owner had started and that has been reaped, and returns
// how many were signalled. Without /proc it does nothing.
//
// Where orphans are not given to nile, it signals the group as a whole, and must be
// called when that process has just been reaped: the kernel gives its number to
// nobody else while the group has members, and hands numbers out in turn.
func (r *Reaper) SignalStraysOfGroup(owner string, sig syscall.Signal) int {
	if !r.adopts {
		return r.signalEndedGroups(owner, sig)
	}
	members, _ := r.survey()
	var group []member
	for _, m := range straysOf(members, "") {
		if leader := r.ended[m.group]; leader != nil && leader.owner == owner {
			group = append(group, m)
		}
	}
	n, _ := r.signalEach(group, sig)
	return n
}

// signalEndedGroups signals the groups that the ended processes of an owner led,
// and counts each as one.
func (r *Reaper) signalEndedGroups(owner string, sig syscall.Signal) (n int) {
	for pid, leader := range r.ended {
		if leader.owner == owner && syscall.Kill(-pid, sig) == nil {
			n++
		}
	}
	return n
}

func straysOf(members []member, owner string) []member {
	var list []member
	for _, m := range members {
		if m.root == 0 && (owner == "" || m.owner == owner) {
			list = append(list, m)
		}
	}
	return list
}

// cgroupMembers maps the processes in the cgroups of commands to their owners.
func (r *Reaper) cgroupMembers() map[int]string {
	owners := make(map[int]string)
	read := make(map[string]bool)
	for _, table := range [2]map[int]*child{r.started, r.ended} {
		for _, c := range table {
			if c.cgroup == "" || read[c.cgroup] {
				continue
			}
			read[c.cgroup] = true
			for _, pid := range cgroupProcesses(c.cgroup) {
				owners[pid] = c.owner
			}
		}
	}
	return owners
}

// cgroupProcesses lists cgroup.procs; empty if it cannot be read.
func cgroupProcesses(dir string) []int {
	data, err := readFile(dir+"/cgroup.procs", make([]byte, 65536))
	if err != nil {
		return nil
	}
	var list []int
	for field := range ascii.Fields(data) {
		if pid, err := strconv.Atoi(string(field)); err == nil && pid > 0 {
			list = append(list, pid) // 0 is a process of another namespace
		}
	}
	return list
}
