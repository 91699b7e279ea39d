package spawn

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Descendants lists the processes below a process, itself not included, parents
// before their children.
func Descendants(root int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return nil, fmt.Errorf("cannot list processes: /proc is not mounted")
	}
	children := map[int][]int{}
	for _, file := range stats {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		if pid, parent, ok := parseStat(raw); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	var found []int
	for next := children[root]; len(next) > 0; {
		found = append(found, next...)
		var below []int
		for _, pid := range next {
			below = append(below, children[pid]...)
		}
		next = below
	}
	return found, nil
}

// parseStat reads process and parent from /proc/PID/stat, proc_pid_stat(5). The
// name in parentheses may hold anything, parentheses too: the last one counts.
func parseStat(raw []byte) (pid, parent int, ok bool) {
	open, end := bytes.IndexByte(raw, '('), bytes.LastIndexByte(raw, ')')
	if open < 0 || end < open {
		return 0, 0, false
	}
	fields := bytes.Fields(raw[end+1:]) // state, parent, …
	if len(fields) < 2 {
		return 0, 0, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(raw[:open])))
	if err != nil {
		return 0, 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return pid, parent, err == nil
}

// Memory is what a process occupies, in KiB, from /proc/PID/smaps_rollup.
type Memory struct {
	Resident int // all pages, those shared with others included
	// Dirty are the pages that are the process's alone and that it has written:
	// they exist because it runs.
	Dirty int
	// Clean are pages of files that at this time no other process maps: page
	// cache, that the kernel can drop and that a second process would share.
	Clean int
}

// Add adds what another process occupies.
func (m *Memory) Add(other Memory) {
	m.Resident += other.Resident
	m.Dirty += other.Dirty
	m.Clean += other.Clean
}

// ReadMemory reads what a process occupies.
func ReadMemory(pid int) (Memory, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return Memory{}, fmt.Errorf("cannot read the memory of process %d: %w", pid, err)
	}
	return parseMemory(raw)
}

func parseMemory(raw []byte) (Memory, error) {
	var m Memory
	for name, field := range map[string]*int{"Rss": &m.Resident, "Private_Dirty": &m.Dirty, "Private_Clean": &m.Clean} {
		text, err := value(raw, name)
		if err != nil {
			return Memory{}, err
		}
		if *field, err = strconv.Atoi(strings.TrimSuffix(text, " kB")); err != nil {
			return Memory{}, fmt.Errorf("cannot read %s: %w", name, err)
		}
	}
	return m, nil
}

// Tasks are the threads of a process.
type Tasks struct {
	Threads int
	// Switches counts how often all of them were given a processor and lost it
	// again: while nothing is due, each is a wakeup.
	Switches int
}

// ReadTasks reads the threads of a process.
func ReadTasks(pid int) (Tasks, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*/status", pid))
	if err != nil || len(files) == 0 {
		return Tasks{}, fmt.Errorf("cannot read the threads of process %d: it has ended", pid)
	}
	var tasks Tasks
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that ended meanwhile
		}
		tasks.Threads++
		for _, name := range []string{"voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"} {
			text, err := value(raw, name)
			if err != nil {
				return Tasks{}, err
			}
			count, err := strconv.Atoi(text)
			if err != nil {
				return Tasks{}, fmt.Errorf("cannot read %s: %w", name, err)
			}
			tasks.Switches += count
		}
	}
	return tasks, nil
}

// CPU is the processor time that a process has used so far, all its threads
// together, those that have ended too: its CPU clock, clock_getcpuclockid(3).
func CPU(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|scheduled, &used); err != nil {
		return 0, fmt.Errorf("cannot read the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(used.Nano()), nil
}

// value is what stands behind "name:" in one of proc's files of such lines.
func value(raw []byte, name string) (string, error) {
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		key, text, _ := strings.Cut(lines.Text(), ":")
		if key == name {
			return strings.TrimSpace(text), nil
		}
	}
	return "", fmt.Errorf("no line %s: in proc's file; is the kernel older than 4.14?", name)
}

// WriteBack waits until a file is on the disk. The kernel counts the pages of a
// program that was built a moment ago as dirty, and so as memory of the process.
func WriteBack(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot write %s back to the disk: %w", file, err)
	}
	return nil
}
