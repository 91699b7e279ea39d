package postmortem

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxProcesses = 256     // of a scene
	maxStat      = 4096    // bytes of a file of /proc that has a bounded size
	maxCommand   = 300     // bytes of a command line in a scene
	maxDirectory = 100_000 // entries of /proc that are read
	maxChildren  = 4096    // bytes of a list of children
)

// Look at /proc as proc(5) describes it. Everything may vanish between two reads: what
// cannot be read is left out.

// TakeScene lists the processes of the PID namespace, so many at most: first those that
// descend from this process, since its container may share the namespace with others that
// have more. strays tells which have lost the parent that had started them: those are
// children of nile that it never started.
func TakeScene(strays func(pid int) bool) *Scene {
	scene := &Scene{At: time.Now()}
	pids := processIDs()
	if len(pids) > maxProcesses {
		pids = ownFirst(pids)
	}
	for i, pid := range pids {
		if len(scene.Processes) == maxProcesses {
			scene.More = len(pids) - i
			break
		}
		p, ok := readProcess(pid)
		if !ok || p.Parent == 2 || p.PID == 2 { // the kernel's own threads
			continue
		}
		if p.Parent == os.Getpid() && strays != nil {
			p.Orphan = strays(pid)
		}
		scene.Processes = append(scene.Processes, p)
	}
	return scene
}

// ownFirst puts this process and its descendants, so many at most, before all others, each in order. A kernel without
// CONFIG_PROC_CHILDREN tells of no children: there the order stays.
func ownFirst(pids []int) []int {
	own := []int{os.Getpid()}
	for i := 0; i < len(own) && len(own) < maxProcesses; i++ {
		own = append(own, childrenOf(own[i])...)
	}
	slices.Sort(own)
	return append(own, slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(own, pid) })...)
}

// childrenOf reads the children of all threads of a process, proc_tid_children(5).
func childrenOf(pid int) []int {
	threads, err := os.ReadDir(procOf(pid) + "/task")
	if err != nil {
		return nil
	}
	var children []int
	for _, thread := range threads {
		text := readBounded(procOf(pid)+"/task/"+thread.Name()+"/children", maxChildren)
		text = text[:bytes.LastIndexByte(text, ' ')+1] // each has a blank behind it; the last may have been cut
		for _, pid := range strings.Fields(string(text)) {
			children = append(children, number(pid))
		}
	}
	return children
}

// processIDs are the numbers of all processes, in order.
func processIDs() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(maxDirectory)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

func readProcess(pid int) (Process, bool) {
	status := readStatus(pid)
	if status.state == "" || status.parent == 2 {
		return Process{Parent: status.parent}, false
	}
	return Process{
		PID: pid, Parent: status.parent, Name: status.name, UID: status.uid, State: status.state,
		Memory: status.memory, Threads: status.threads, Command: commandLine(pid),
	}, true
}

// commandLine is the command line of a process, in which blanks part the arguments.
func commandLine(pid int) string {
	text := readBounded(procOf(pid)+"/cmdline", maxStat)
	arguments := strings.ReplaceAll(strings.TrimRight(string(text), "\x00"), "\x00", " ")
	return strings.ToValidUTF8(cut(arguments, maxCommand), "\ufffd")
}

// status is what /proc/PID/status tells.
type status struct {
	name, state          string // state is empty where the process is gone
	parent, uid, threads int
	memory, peak         int64
}

func readStatus(pid int) (s status) {
	text := string(readBounded(procOf(pid)+"/status", maxStat))
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Name":
			s.name = strings.ToValidUTF8(value, "\ufffd")
		case "State":
			s.state = firstField(value)
		case "PPid":
			s.parent = number(value)
		case "Uid":
			s.uid = number(firstField(value))
		case "Threads":
			s.threads = number(value)
		case "VmRSS":
			s.memory = kilobytes(value)
		case "VmHWM":
			s.peak = kilobytes(value)
		}
	}
	return s
}

// readBounded returns the first bytes of a file of the kernel's; nothing where it cannot
// be read. [os.Open] would ask whether it can be polled first.
func readBounded(name string, limit int) []byte {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	text := make([]byte, limit)
	have := 0
	for have < limit {
		n, err := unix.Read(fd, text[have:])
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			break
		}
		have += n
	}
	return text[:have]
}

func number(s string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s))
	return n
}

// kilobytes reads "1234 kB".
func kilobytes(s string) int64 { return int64(number(firstField(s))) << 10 }

func firstField(s string) string {
	if fields := strings.Fields(s); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// cut shortens a text to so many bytes, with dots where something is missing.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
