package reaper

import (
	"strconv"
	"syscall"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/procstat"
)

// process is what /proc/PID/stat tells, see proc_pid_stat(5).
type process struct {
	pid, parent, group, session int
	alive                       bool   // not a zombie
	start                       uint64 // clock ticks since boot; with pid, unique
	command                     string // at most 15 bytes
}

// readProcess looks at one process.
func readProcess(pid int, buffer []byte) (process, bool) {
	fd, err := syscall.Open("/proc/"+strconv.Itoa(pid)+"/stat", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return process{}, false
	}
	defer syscall.Close(fd)
	// The kernel makes the line at the first read and gives it in one piece.
	n, err := syscall.Read(fd, buffer)
	if err != nil {
		return process{}, false
	}
	return parseStat(buffer[:n])
}

// parseStat reads a line of /proc/PID/stat.
func parseStat(line []byte) (process, bool) {
	s, ok := procstat.Parse(line)
	return process{
		pid: s.PID, parent: s.Parent, group: s.Group, session: s.Session,
		alive: !s.Zombie(), start: s.Start, command: s.Command,
	}, ok
}

// procUsable reports whether /proc is there and shows nile's PID namespace. In
// one that shows another namespace the same numbers are other processes.
func (r *Reaper) procUsable() bool {
	var buffer [32]byte
	n, err := syscall.Readlink("/proc/self", buffer[:])
	return err == nil && string(buffer[:n]) == strconv.Itoa(r.self)
}

// listProcesses reads the whole process table.
func (r *Reaper) listProcesses() ([]process, bool) {
	if !r.procUsable() {
		return nil, false
	}
	names, err := listDirectory("/proc")
	if err != nil {
		return nil, false
	}
	list := make([]process, 0, len(names))
	stat := make([]byte, 1024)
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		if p, ok := readProcess(int(procstat.Number([]byte(name))), stat); ok {
			list = append(list, p)
		}
	}
	return list, true
}

// listDirectory lists the names in a directory.
func listDirectory(path string) (names []string, err error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	entries := make([]byte, 16384)
	for {
		n, err := syscall.ReadDirent(fd, entries)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return names, err
		}
		_, _, names = syscall.ParseDirent(entries[:n], -1, names)
	}
}

// environmentOf is the value of a variable in the environment that a process
// was executed with, from /proc/PID/environ: readable for the same user, or
// with CAP_SYS_PTRACE.
func environmentOf(pid int, name string) string {
	const most = 1 << 20 // an environment that is larger than this hides it
	data, err := readFile("/proc/"+strconv.Itoa(pid)+"/environ", make([]byte, 4096))
	if err == nil && len(data) == 4096 {
		data, err = readFile("/proc/"+strconv.Itoa(pid)+"/environ", make([]byte, most))
	}
	if err != nil {
		return ""
	}
	for entry := range ascii.Split(data, 0) {
		if value, ok := ascii.CutPrefix(entry, name+"="); ok {
			return string(value)
		}
	}
	return ""
}

// readFile reads a file up to the length of the buffer. It is used instead of
// os.ReadFile, which stats, allocates and registers with the poller.
func readFile(path string, buffer []byte) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	return procstat.ReadAll(fd, buffer)
}

// writeFile writes a short text to an existing file in one call.
func writeFile(path, text string) error {
	fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	_, err = syscall.Write(fd, []byte(text))
	return err
}
