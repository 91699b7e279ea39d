package procs

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procstat"
)

// readThreads adds the threads of a process, but for the first, which is the process.
func (r *reader) readThreads(directory int, p *Process) {
	tasks, err := unix.Openat(directory, "task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(tasks)
	numbers, more, _ := procstat.Numbers(tasks, MaxProcesses-r.threads)
	r.table.More = r.table.More || more
	slices.Sort(numbers)
	for _, number := range numbers {
		if number == p.PID {
			continue
		}
		stat, err := procstat.Read(tasks, number, r.buffer)
		if err != nil {
			continue
		}
		r.threads++
		t := r.process(&stat)
		t.PID, t.Thread, t.Threads, t.Zombie = p.PID, number, 1, false
		t.Terminal, t.UID, t.Cgroup, t.Container = p.Terminal, p.UID, p.Cgroup, p.Container
		r.table.Processes = append(r.table.Processes, t)
	}
}

// proportional is the memory of a process with what it shares divided among those who
// share it; nil for those that this user may not look into.
func (r *reader) proportional(directory int) *uint64 {
	data, err := procstat.ReadFile(directory, "smaps_rollup", r.buffer)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			r.table.WithoutPSS++
		}
		return nil
	}
	value, ok := lineOf(data, "Pss:")
	if !ok {
		return nil
	}
	bytes := 1024 * procstat.Number([]byte(strings.TrimSuffix(value, " kB")))
	return &bytes
}

// effectiveUser is the second number of the line Uid in /proc/PID/status.
func effectiveUser(status []byte) uint32 {
	value, _ := lineOf(status, "Uid:")
	fields := strings.Fields(value)
	if len(fields) < 2 {
		return 0
	}
	return uint32(procstat.Number([]byte(fields[1])))
}

// lineOf is what stands after a label at the beginning of a line.
func lineOf(text []byte, label string) (string, bool) {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		if value, ok := bytes.CutPrefix(line, []byte(label)); ok {
			return string(bytes.TrimSpace(value)), true
		}
		text = rest
	}
	return "", false
}

// arguments splits a command line. Each argument ends with a NUL. Programs that change
// their title leave the rest of the room full of NULs: more than one empty argument at
// the end is taken for that.
func arguments(data []byte, most int) (args []string, truncated bool) {
	if truncated = len(data) > most; truncated {
		data = data[:most]
	}
	data = bytes.TrimSuffix(data, []byte{0})
	if padded := bytes.TrimRight(data, "\x00"); len(data)-len(padded) > 1 || len(padded) == 0 {
		data = padded
	}
	if len(data) == 0 {
		return []string{}, false
	}
	return strings.Split(string(data), "\x00"), truncated
}
