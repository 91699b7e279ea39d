package reaper

import (
	"strconv"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/ascii"
)

// Frozen is a process that stands still at its end: everything has happened that
// decides its exit status, nothing of it has been released (PTRACE_EVENT_EXIT in
// ptrace(2)). Its threads stand beside the first one, or will within moments: see
// [Frozen.Threads]. It ends when it is let go, by a signal that the Reaper sends to its
// owner's strays, and with nile; not by a SIGKILL of somebody else: it has died already.
type Frozen struct {
	PID    int
	Status syscall.WaitStatus // what it is going to have
	reaper *Reaper
	child  *child
	kept   bool
}

// Keep makes the process an ended one that has left something behind: itself. It
// counts as a stray of its owner until it is let go, and Drain tells no second time
// when it is reaped.
func (f *Frozen) Keep() {
	r := f.reaper
	f.kept = true
	delete(r.started, f.PID)
	r.ended[f.PID] = f.child
	if r.frozen == nil {
		r.frozen = make(map[int]*Frozen)
	}
	r.frozen[f.PID] = f
}

// LetGo lets the process come to its end. Drain then tells of one that was not kept
// as of any other. It may be called again.
func (f *Frozen) LetGo() {
	r := f.reaper
	if f.kept && r.frozen[f.PID] == f || !f.kept && r.started[f.PID] == f.child {
		r.releaseThreads(f.child)
		_ = ptrace(syscall.PTRACE_CONT, f.PID, 0, 0) // gone: somebody has killed it
	}
}

// SignalInfo is the siginfo_t of the last signal that the process got; nil where it got
// none. SIGKILL comes without.
func (f *Frozen) SignalInfo() []byte { return f.child.signal }

// Registers reads a set of registers of one of the threads, one of the NT_ constants of
// elf.h, as PTRACE_GETREGSET gives it, into a buffer, and returns how much there is.
func (f *Frozen) Registers(thread, set int, buffer []byte) (int, error) {
	return registers(thread, set, buffer)
}

func registers(pid, set int, buffer []byte) (int, error) {
	into := syscall.Iovec{Base: &buffer[0]}
	into.SetLen(len(buffer))
	err := ptrace(ptraceGetRegset, pid, uintptr(set), uintptr(unsafe.Pointer(&into)))
	return int(into.Len), err
}

// What package syscall lacks of ptrace(2); see linux/ptrace.h.
const (
	ptraceGetRegset = 0x4204
	ptraceSeize     = 0x4206
	ptraceListen    = 0x4208
	eventStop       = 128
)

// ptrace is ptrace(2) for requests that never wait.
func ptrace(request, pid int, address, data uintptr) error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(pid), address, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// stopped handles a stop of a traced process. All but its end go on at once, as they
// would without a tracer.
func (r *Reaper) stopped(pid int, status syscall.WaitStatus) (exit Exit, ended bool) {
	c := r.started[pid]
	if c == nil {
		r.threadStopped(pid, status)
		return Exit{}, false
	}
	switch {
	case eventOf(status) == syscall.PTRACE_EVENT_EXEC:
		r.executed(c)
	case eventOf(status) == syscall.PTRACE_EVENT_EXIT && onlyThread(pid):
		r.releaseThreads(c) // nobody is left to tell of their end
	case eventOf(status) == syscall.PTRACE_EVENT_EXIT:
		end, err := eventMessage(pid)
		if err != nil {
			return Exit{}, false // killed meanwhile, and to be reaped as such
		}
		return Exit{
			PID: pid, Status: syscall.WaitStatus(end), Started: true, Owner: c.owner,
			Frozen: &Frozen{PID: pid, Status: syscall.WaitStatus(end), reaper: r, child: c},
		}, true
	}
	c.pass(pid, status)
	return Exit{}, false
}

// eventOf is the event of a ptrace stop, 0 for a signal.
func eventOf(status syscall.WaitStatus) int { return int(status >> 16) }

// eventMessage is what the event says: of an end the status, of an execve(2) the number
// that the thread had before.
func eventMessage(tid int) (message uintptr, err error) {
	err = ptrace(syscall.PTRACE_GETEVENTMSG, tid, 0, uintptr(unsafe.Pointer(&message)))
	return message, err
}

// pass lets a thread go on from a stop as it would without a tracer.
func (c *child) pass(tid int, status syscall.WaitStatus) {
	signal := syscall.Signal(status >> 8 & 0xff)
	switch event := eventOf(status); {
	case event == eventStop && signal != syscall.SIGTRAP:
		// Stopped by SIGSTOP or its likes: it stays so, until SIGCONT.
		_ = ptrace(ptraceListen, tid, 0, 0)
	case event != 0:
		_ = ptrace(syscall.PTRACE_CONT, tid, 0, 0)
	default:
		if c.signal == nil {
			c.signal = make([]byte, 128)
		}
		c.signalled = tid
		_ = ptrace(syscall.PTRACE_GETSIGINFO, tid, 0, uintptr(unsafe.Pointer(&c.signal[0])))
		_ = ptrace(syscall.PTRACE_CONT, tid, 0, uintptr(signal))
	}
}

// onlyThread tells whether it is only the first thread that ends, by exit(2), and
// others go on: pthread_exit(3) in main does that.
func onlyThread(pid int) bool {
	if number, err := syscallOf(pid); err != nil || number != syscall.SYS_EXIT {
		return false
	}
	tasks := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := listDirectory(tasks)
	if err != nil {
		return false
	}
	stat := make([]byte, 1024)
	for _, thread := range threads {
		if thread == strconv.Itoa(pid) {
			continue
		}
		data, err := readFile(tasks+"/"+thread+"/stat", stat)
		if err != nil {
			continue
		}
		if _, rest, ok := ascii.Cut(string(data), ") "); ok && rest != "" && rest[0] != 'Z' && rest[0] != 'X' {
			return true
		}
	}
	return false
}

// FreezeError says why a process is not kept at its end.
type FreezeError struct{ Err error }

func (e *FreezeError) Error() string {
	text := "cannot keep the process at its end: ptrace(2): " + e.Err.Error()
	if e.Err == syscall.EPERM || e.Err == syscall.EACCES || e.Err == syscall.ENOSYS {
		text += ": allow it in the seccomp profile, set kernel.yama.ptrace_scope to 1 or less, or give nile CAP_SYS_PTRACE"
	}
	return text
}

// Unwrap returns the reason.
func (e *FreezeError) Unwrap() error { return e.Err }
