package procs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/procstat"
)

const (
	// MaxProcesses is how many processes, and how many threads beside them, are read.
	MaxProcesses = 1 << 16
	// DefaultCommandLine is how many bytes of a command line are read unless the caller says.
	DefaultCommandLine = 4096
)

// Options say what to read.
type Options struct {
	Root        string // where /proc is; empty is /proc
	Passwd      string // the file with the names of users; empty is /etc/passwd
	Threads     bool   // each thread too, after its process
	PSS         bool   // the proportional set size: costs as much as everything else, and blocks on a process's memory lock
	CommandLine int    // the most bytes of a command line; 0 is [DefaultCommandLine]
}

// Table is what was read.
type Table struct {
	Processes  []Process // by process id; threads after their process
	Own        string    // the container id of the reader; empty where its cgroup names none
	WithoutPSS int       // how many processes have a PSS that was asked for and may not be read
	Hidden     bool      // /proc is mounted such that other users' processes are not seen
	Denied     int       // processes that are seen, and that may not be read
	More       bool      // there are more than [MaxProcesses]

	root string
	at   time.Duration // since boot
}

// Read reads the processes. It never fails for one process alone. Errors are those of
// /proc as a whole: that there is none, or one of another PID namespace.
func Read(options Options) (*Table, error) {
	r := reader{options: options, table: &Table{root: options.Root}}
	if r.table.root == "" {
		r.table.root = "/proc"
	}
	if r.options.CommandLine == 0 {
		r.options.CommandLine = DefaultCommandLine
	}
	root, err := openRoot(options.Root)
	if err != nil {
		return nil, err
	}
	defer unix.Close(root)
	// Larger than asked for by one, to see that there is more.
	r.buffer = make([]byte, max(8192, r.options.CommandLine+1))
	r.page = uint64(os.Getpagesize())
	r.users = users{file: options.Passwd}
	r.table.at = sinceBoot()
	r.boot = time.Now().Add(-r.table.at)
	if data, err := procstat.ReadFile(root, "self/cgroup", r.buffer); err == nil {
		r.own = cgroupPath(string(data))
		r.table.Own = ContainerID(r.own)
	}
	return r.table, r.readAll(root)
}

// openRoot opens /proc, if it is one, and the one of this PID namespace.
func openRoot(path string) (int, error) {
	given := path != ""
	if !given {
		path = "/proc"
	}
	self, err := os.Readlink(path + "/self")
	if err != nil {
		return -1, fmt.Errorf("cannot read the processes from %s: no proc file system is mounted there: mount it (mount -t proc proc %[1]s)", path)
	}
	if !given && self != strconv.Itoa(os.Getpid()) {
		return -1, fmt.Errorf("cannot read the processes from %s: it shows another PID namespace: mount the one of this namespace (mount -t proc proc %[1]s)", path)
	}
	root, err := procstat.Open(path)
	if err != nil {
		return -1, fmt.Errorf("cannot read the processes from %s: %w", path, err)
	}
	return root, nil
}

// sinceBoot is the clock that start times of processes are counted on.
func sinceBoot() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Duration(now.Nano())
}

// reader is one pass over /proc.
type reader struct {
	options  Options
	table    *Table
	users    users
	own      string // the cgroup of this process
	boot     time.Time
	page     uint64
	buffer   []byte
	threads  int
	orphaned []int // the places of zombies without a container
}

func (r *reader) readAll(root int) error {
	pids, more, err := procstat.Numbers(root, MaxProcesses)
	if err != nil {
		return fmt.Errorf("cannot list the processes in %s: %w", r.table.root, err)
	}
	slices.Sort(pids)
	r.table.More = more
	r.table.Processes = make([]Process, 0, len(pids))
	for _, pid := range pids {
		r.read(root, strconv.Itoa(pid))
	}
	// A zombie has left its cgroup, as far as cgroup v1 is concerned: its parent's tells
	// where it was.
	for _, i := range r.orphaned {
		p := &r.table.Processes[i]
		if parent := r.table.Find(p.Parent); parent != nil {
			p.Container, p.Cgroup = parent.Container, parent.Cgroup
		}
	}
	r.nameUsers()
	r.table.Hidden = r.table.Denied > 0 || hidesOthers(root)
	return nil
}

// nameUsers gives users their names: those of this file system, which other containers
// don't share.
func (r *reader) nameUsers() {
	for i := range r.table.Processes {
		if p := &r.table.Processes[i]; p.Container == r.table.Own && !outside(p.Cgroup) {
			p.User = r.users.name(p.UID)
		}
	}
}

// read reads one process, if it is still there.
func (r *reader) read(root int, pid string) {
	directory, err := unix.Openat(root, pid, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(directory)
	line, err := procstat.ReadFile(directory, "stat", r.buffer)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) { // hidepid=1
		r.table.Denied++
	}
	if err != nil {
		return
	}
	stat, ok := procstat.Parse(line)
	if !ok {
		return
	}
	p := r.process(&stat)
	status, err := procstat.ReadFile(directory, "status", r.buffer)
	if err != nil {
		return
	}
	p.UID, p.Terminal = effectiveUser(status), terminal(stat.Device)
	if group, err := procstat.ReadFile(directory, "cgroup", r.buffer); err == nil {
		p.Cgroup = cgroupPath(string(group))
		p.Container = ContainerID(p.Cgroup)
	}
	if p.Zombie && p.Container == "" {
		r.orphaned = append(r.orphaned, len(r.table.Processes))
	}
	if !p.Kernel && !p.Zombie {
		if data, err := procstat.ReadFile(directory, "cmdline", r.buffer[:r.options.CommandLine+1]); err == nil {
			p.Args, p.Truncated = arguments(data, r.options.CommandLine)
		}
		if r.options.PSS {
			p.PSS = r.proportional(directory)
		}
	}
	r.table.Processes = append(r.table.Processes, p)
	if r.options.Threads && stat.Threads > 1 {
		r.readThreads(directory, &p)
	}
}

// process is what stat tells.
func (r *reader) process(s *procstat.Stat) Process {
	started := ticks(s.Start)
	return Process{
		Args: []string{},
		PID:  s.PID, Parent: s.Parent, Group: s.Group, Session: s.Session,
		Name: s.Command, Kernel: s.Kernel(), State: State(s.State), Zombie: s.Zombie(),
		Threads: s.Threads, Resident: s.Resident * r.page,
		CPU: ticks(s.User + s.System), Reaped: ticks(s.ReapedUser + s.ReapedSystem),
		Started: r.boot.Add(started), Age: max(0, r.table.at-started), start: s.Start,
	}
}
