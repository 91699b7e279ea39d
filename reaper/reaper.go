package reaper

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/ascii"
	"github.com/nile-init/nile/internal/linux"
)

// Reaper starts, reaps and signals processes. Make one with [New]; all methods
// belong to one goroutine (see the package comment).
type Reaper struct {
	// Observe makes Drain look at each orphan before it reaps it, so that Exit
	// names its command, its owner and the parent it lost. It costs four system
	// calls an orphan, about 20 µs. New sets it; turn it off for speed.
	Observe bool

	self   int  // nile's process id
	adopts bool // orphans become nile's children

	started map[int]*child // started and not yet reaped
	ended   map[int]*child // reaped, but strays may carry the number
	sweepAt int            // look for forgettable ended ones at this many

	seen map[int]sighting // what the last survey saw, by process id
	// deadOrphans are how many strays it saw that had ended and were not reaped yet.
	deadOrphans int
	departed    departed // the last orphans that were reaped

	anyStarted bool   // whether firstOwner is set
	firstOwner string // the owner of the first command
	manyOwners bool   // whether a later command had another one

	frozen  map[int]*Frozen // kept at their end; nil if there has been none
	threads map[int]*thread // the traced ones beside the first ones; nil if there has been none

	plan    *plan  // of the latest start
	token   string // random, the first half of every cookie
	marked  owners // those whose commands got one
	noPidfd bool   // the kernel or a filter refuses pidfd_open
}

// child is a process that Start made.
type child struct {
	pid     int
	owner   string
	command string
	cgroup  string
	traced  bool
	signal  []byte // of a traced one: the siginfo_t of the latest signal
	// signalled is the thread that got it; alone tells that the threads end without nile's
	// keeping them: the process was let go, or its first thread is gone.
	signalled int
	alone     bool
	unused    int // surveys in a row in which nobody carried its number
}

// New makes the calling process the one that orphans are given to: as PID 1 it
// is already, elsewhere it becomes a child subreaper. Where the kernel refuses
// that, New returns a usable Reaper together with a [*SubreaperError]: orphans
// then go to the namespace's PID 1, and strays are found only by cookie, or by
// group and session while the process that led them has not been reaped.
func New() (*Reaper, error) {
	r := NewPlain()
	if r.adopts {
		return r, nil
	}
	if err := linux.Prctl(linux.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return r, &SubreaperError{Err: err.(syscall.Errno)}
	}
	r.adopts = true
	return r, nil
}

// NewPlain makes a Reaper that leaves the calling process what it is: orphans are
// given to it only as PID 1, or if it was a child subreaper when it was executed.
// Elsewhere it is like one that New returns together with an error.
func NewPlain() *Reaper {
	r := &Reaper{
		Observe: true,
		self:    os.Getpid(),
		started: make(map[int]*child),
		ended:   make(map[int]*child),
		sweepAt: 256,
		plan:    newPlan(),
	}
	r.adopts = r.self == 1 || isSubreaper()
	return r
}

// isSubreaper reports whether the process is a child subreaper by now: execve(2)
// keeps that.
func isSubreaper() bool {
	var set int32
	err := linux.Prctl(linux.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&set)), 0, 0, 0)
	return err == nil && set != 0
}

// Adopts reports whether orphans are given to the process.
func (r *Reaper) Adopts() bool { return r.adopts }

// SubreaperError says that the kernel did not make nile a child subreaper.
type SubreaperError struct {
	Err syscall.Errno
}

func (e *SubreaperError) Error() string {
	return "cannot become child subreaper: " + e.Err.Error() +
		": orphans will go to PID 1 of this namespace; start nile as PID 1, or allow prctl(PR_SET_CHILD_SUBREAPER)"
}

// Unwrap returns the errno of prctl(2).
func (e *SubreaperError) Unwrap() error { return e.Err }

// Running is the number of processes that were started and not yet reaped.
func (r *Reaper) Running() int { return len(r.started) }

// enter puts a new process into the table.
func (r *Reaper) enter(pid int, c *Command) {
	// The kernel gives a number away only when no process, group or session
	// has it: whatever is remembered under it is over.
	delete(r.ended, pid)
	delete(r.seen, pid)
	delete(r.threads, pid)
	r.departed.forget(pid)
	if !r.anyStarted {
		r.anyStarted, r.firstOwner = true, c.Owner
	}
	r.manyOwners = r.manyOwners || r.firstOwner != c.Owner
	if c.Cookie {
		r.marked.add(c.Owner, r)
	}
	r.started[pid] = &child{
		pid:     pid,
		owner:   c.Owner,
		command: baseName(c.Argv[0]),
		cgroup:  c.Cgroup,
		traced:  c.Freeze,
	}
}

// soleOwner is the owner of all commands ever started, or "" if they differ.
func (r *Reaper) soleOwner() string {
	if r.manyOwners {
		return ""
	}
	return r.firstOwner
}

// cookieName is the environment variable that marks the processes of an owner.
const cookieName = "NILE_COOKIE"

// cookie is the environment entry for an owner. The random token keeps the
// processes of one nile apart from those of another one below or beside it.
func (r *Reaper) cookie(owner string) string {
	if r.token == "" {
		var random [8]byte
		// This blocks only until the kernel's generator is ready, which is long
		// past when a container starts, getrandom(2).
		if n, err := linux.Getrandom(random[:]); err != nil || n != len(random) {
			return ""
		}
		var number uint64
		for _, b := range random {
			number = number<<8 | uint64(b)
		}
		r.token = strconv.FormatUint(number, 16)
	}
	return cookieName + "=" + r.token + ":" + owner
}

// baseName is the last element of a path.
func baseName(path string) string {
	return path[ascii.LastIndexByte(path, '/')+1:]
}
