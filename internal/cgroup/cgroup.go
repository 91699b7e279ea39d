// Package cgroup reads what the kernel tells of the memory cgroup that nile runs
// in: how many of its processes the OOM killer has killed. It works with cgroup v2
// and v1, with and without a cgroup namespace, and says so where there is none.
//
// Sources: cgroups(7), proc_pid_mountinfo(5), and the kernel's
// Documentation/admin-guide/cgroup-v2.rst (memory.events) and cgroup-v1/memory.rst
// (memory.oom_control).
package cgroup

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
)

// ErrNone says that no memory cgroup of this process can be seen.
var ErrNone = errors.New("no memory cgroup is mounted here")

// Memory is the memory cgroup of a process.
type Memory struct {
	file string // the one that has the line "oom_kill N"
}

// Own finds the memory cgroup of the calling process. The error is [ErrNone] where
// none is mounted, as in a container without /sys, or that of a file in /proc.
func Own() (*Memory, error) {
	return find("/proc/self", "/sys/fs/cgroup")
}

// OOMKills is how many processes of the cgroup the kernel's OOM killer has killed
// since the cgroup was made, for a limit of this cgroup or of one above it. With
// cgroup v2 the cgroups below count too.
func (m *Memory) OOMKills() (int, error) {
	data, err := readFile(m.file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(data) {
		if value, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return strconv.Atoi(strings.TrimSpace(value))
		}
	}
	return 0, errors.New(m.file + " does not count OOM kills: it needs Linux 4.13 or later")
}

// find looks the cgroup up in a /proc directory; usual is where cgroups are mounted
// on most systems.
func find(proc, usual string) (*Memory, error) {
	memberships, err := readFile(proc + "/cgroup")
	if err != nil {
		return nil, err
	}
	path, v1, ok := membership(memberships)
	if !ok {
		return nil, ErrNone
	}
	dir, file := usual, "/memory.events"
	if v1 {
		dir, file = usual+"/memory", "/memory.oom_control"
	}
	// Where nearly every container has it, without reading its long list of mounts.
	if m := usable(strings.TrimSuffix(dir+path, "/") + file); m != nil {
		return m, nil
	}
	mounts, err := readFile(proc + "/mountinfo")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(mounts) {
		if dir, ok := directory(line, path, v1); ok {
			if m := usable(dir + file); m != nil {
				return m, nil
			}
		}
	}
	return nil, ErrNone
}

func usable(file string) *Memory {
	if syscall.Access(file, 0) != nil { // F_OK
		return nil
	}
	return &Memory{file: file}
}

// membership is the path of the cgroup that governs memory, from the lines
// "hierarchy:controllers:path" of /proc/PID/cgroup: that of the v1 controller where
// there is one, else that of v2, whose hierarchy is 0.
func membership(lines string) (path string, v1, ok bool) {
	for line := range strings.Lines(lines) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			if controller == "memory" {
				return fields[2], true, true
			}
		}
		if fields[0] == "0" && fields[1] == "" {
			path, ok = fields[2], true
		}
	}
	return path, false, ok
}

// directory is where a line of /proc/PID/mountinfo shows a cgroup. The mount may
// show the hierarchy from a cgroup further down on, its root: container engines
// mount the container's own one. A root that the path does not begin with is above
// a cgroup namespace; what is mounted is the container's then as well.
func directory(line, path string, v1 bool) (string, bool) {
	before, after, ok := strings.Cut(line, " - ")
	place, kind := strings.Fields(before), strings.Fields(after)
	if !ok || len(place) < 5 || len(kind) < 3 {
		return "", false
	}
	if v1 {
		if kind[0] != "cgroup" || !strings.Contains(","+kind[2]+",", ",memory,") {
			return "", false
		}
	} else if kind[0] != "cgroup2" {
		return "", false
	}
	root, mount := ascii.Unescape(place[3]), ascii.Unescape(place[4])
	if root == "/" {
		return strings.TrimSuffix(mount+path, "/"), true
	}
	if below, ok := strings.CutPrefix(path, root); ok && (below == "" || below[0] == '/') {
		return strings.TrimSuffix(mount+below, "/"), true
	}
	return mount, true
}

// readFile reads a file of the kernel's. [os.ReadFile] would set up the poller of
// Go's runtime first, which costs as much as all the rest, before the first child.
func readFile(file string) (string, error) {
	fd, err := syscall.Open(file, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", errors.New("cannot open " + file + ": " + err.Error())
	}
	defer syscall.Close(fd)
	var text []byte
	var buffer [1024]byte // on the stack: the counter is read before every start
	for {
		n, err := syscall.Read(fd, buffer[:])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return "", errors.New("cannot read " + file + ": " + err.Error())
		case n == 0:
			return string(text), nil
		default:
			text = append(text, buffer[:n]...)
		}
	}
}
