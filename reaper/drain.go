package reaper

import (
	"syscall"
	"time"
	"unsafe"

	"github.com/nile-init/nile/internal/linux"
)

// Exit is the end of a process.
type Exit struct {
	PID    int
	Status syscall.WaitStatus // exited or signalled, with CoreDump
	Usage  Usage

	// Started tells a process that Start made from an adopted orphan.
	Started bool
	// Frozen is not nil where the process has ended but has not been reaped: it stands
	// still, and the status is the one that it is going to have. It is still a started
	// process until Keep or LetGo is called, which must be done.
	Frozen *Frozen
	// Owner is whom the process belonged to; "" if that is unknown.
	Owner string

	// The rest is about orphans, and only with Reaper.Observe.

	// Command is the name of the orphan's program, at most 15 bytes (comm).
	Command string
	// LostParent and LostParentPID are the program and the process id of the
	// parent whose death made it an orphan: as seen in an earlier look at the
	// process table, or else the dead leader of its process group or session,
	// if that was one of nile's. "" and 0 if unknown.
	LostParent    string
	LostParentPID int
}

// Usage is what a process and the children that it waited for consumed,
// getrusage(2).
type Usage struct {
	User, System time.Duration
	MaxRSS       int64 // bytes; of the largest process, not their sum
	MajorFaults  int64
}

func usageOf(usage *syscall.Rusage) Usage {
	return Usage{
		User:        time.Duration(usage.Utime.Nano()),
		System:      time.Duration(usage.Stime.Nano()),
		MaxRSS:      int64(usage.Maxrss) * 1024,
		MajorFaults: int64(usage.Majflt),
	}
}

// Drain reaps every process that has ended, in the kernel's order, and calls fn
// for each, after it has left the table: fn may call any method but Drain. It
// never blocks. Call it after every SIGCHLD; since those coalesce, one call has
// to see to all that ended.
func (r *Reaper) Drain(fn func(Exit)) {
	notes := r.Observe && r.procUsable()
	var stat []byte
	for {
		target := -1
		var orphan process
		if notes {
			pid, err := peek()
			switch {
			case err == syscall.EINTR:
				continue
			case err != nil && err != syscall.ECHILD:
				notes = false // waitid is filtered: reap without notes
				continue
			case pid == 0:
				return
			}
			target = pid
			if r.started[pid] == nil {
				if stat == nil {
					stat = make([]byte, 1024)
				}
				orphan, _ = readProcess(pid, stat)
			}
		}
		pid, status, usage := wait(target)
		if pid <= 0 {
			return // ECHILD: no children; 0: none has ended
		}
		if !status.Exited() && !status.Signaled() {
			if exit, ended := r.stopped(pid, status); ended {
				exit.Usage = usageOf(&usage)
				fn(exit)
			}
			continue
		}
		if r.threads[pid] != nil {
			delete(r.threads, pid) // no process
			continue
		}
		if f := r.frozen[pid]; f != nil {
			r.forgetThreads(f.child)
			delete(r.frozen, pid) // it has been told
			delete(r.seen, pid)
			continue
		}
		exit := r.leave(pid, orphan)
		exit.Status, exit.Usage = status, usageOf(&usage)
		fn(exit)
	}
}

// wait is wait4(2) of one process or, for -1, of any, which never waits. So Go's
// scheduler need not know of it, which is a good part of what it would cost.
func wait(target int) (pid int, status syscall.WaitStatus, usage syscall.Rusage) {
	var word int32
	result, _, errno := syscall.RawSyscall6(syscall.SYS_WAIT4, uintptr(target), uintptr(unsafe.Pointer(&word)),
		syscall.WNOHANG, uintptr(unsafe.Pointer(&usage)), 0, 0)
	if errno != 0 {
		return 0, 0, usage
	}
	return int(result), syscall.WaitStatus(word), usage
}

// leave takes a process that has been reaped out of the table. orphan is what
// was seen of it just before, if anything.
func (r *Reaper) leave(pid int, orphan process) Exit {
	exit := Exit{PID: pid}
	if c := r.started[pid]; c != nil {
		r.forgetThreads(c)
		delete(r.started, pid)
		r.ended[pid] = c
		if len(r.ended) >= r.sweepAt {
			r.sweepEnded()
		}
		exit.Started, exit.Owner = true, c.owner
		return exit
	}
	if orphan.pid != pid {
		orphan = process{pid: pid, start: r.seen[pid].start}
	}
	exit.Owner = r.attribute(orphan)
	exit.Command = orphan.command
	exit.LostParent, exit.LostParentPID = r.lostParent(orphan)
	if orphan.command != "" {
		r.departed.add(departure{pid: pid, owner: exit.Owner, command: orphan.command})
	}
	delete(r.seen, pid)
	return exit
}

// signalInfo is the siginfo_t that waitid(2) fills in, as far as needed. Its
// second part starts on a boundary of the machine's word.
type signalInfo struct {
	signal, errno, code int32
	_                   [unsafe.Sizeof(uintptr(0))/4 - 1]int32
	pid                 int32
	_                   [112]byte
}

// peek is the process that the next wait would reap, left unreaped; 0 if there
// is none.
func peek() (pid int, err error) {
	var info signalInfo
	err = linux.Waitid(linux.P_ALL, 0, unsafe.Pointer(&info), syscall.WEXITED|syscall.WNOHANG|syscall.WNOWAIT)
	return int(info.pid), err
}

// childless reports whether nile has no child at all, not even a zombie.
func childless() bool {
	for {
		_, err := peek()
		if err != syscall.EINTR {
			return err == syscall.ECHILD
		}
	}
}
