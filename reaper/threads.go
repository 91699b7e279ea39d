package reaper

import (
	"slices"
	"syscall"
)

// The threads of a process that is to be frozen are traced as it is (PTRACE_O_TRACECLONE in
// ptrace(2)), since a process that ends takes all of them along at once: each then stands
// still at its own end, with its registers, until the process is let go. A thread that ends
// alone goes on. It is reaped by its tracer.

// thread is a traced thread that is not the first of its process.
type thread struct {
	of    *child
	ended bool // it stands still at its end
}

// Threads are those that stand still with the process, each by its number: first the one
// that has ended it, by a system call or by a signal that it got, where that is known; else
// the first thread. One that was in the kernel may come a moment later.
func (f *Frozen) Threads() []int {
	ending, list := f.PID, []int{f.PID}
	// A siginfo_t begins with the signal's number; all machines that trace are little-endian.
	if info := f.child.signal; info != nil && f.Status.Signaled() && info[0] == byte(f.Status.Signal()) {
		ending = f.child.signalled
	}
	for tid, t := range f.reaper.threads {
		if t.of != f.child || !t.ended {
			continue
		}
		list = append(list, tid)
		if number, err := syscallOf(tid); err == nil && number == syscall.SYS_EXIT_GROUP && f.Status.Exited() {
			ending = tid
		}
	}
	slices.Sort(list)
	if i := slices.Index(list, ending); i > 0 {
		list = slices.Insert(slices.Delete(list, i, i+1), 0, ending)
	}
	return list
}

// threadStopped handles a stop of what is not known as a process.
func (r *Reaper) threadStopped(tid int, status syscall.WaitStatus) {
	t := r.threads[tid]
	if t == nil {
		c := r.processOf(tid)
		if c == nil {
			// A process that clone(2) made with flags of its own: it was never asked for.
			_ = ptrace(syscall.PTRACE_DETACH, tid, 0, 0)
			return
		}
		if r.threads == nil {
			r.threads = make(map[int]*thread)
		}
		t = &thread{of: c}
		r.threads[tid] = t
	}
	if eventOf(status) == syscall.PTRACE_EVENT_EXIT && !t.of.alone && endsItsProcess(tid) {
		t.ended = true
		return
	}
	t.of.pass(tid, status)
}

// processOf finds the traced process that a thread is of: tgkill(2) finds it only there.
func (r *Reaper) processOf(tid int) *child {
	is := func(c *child) bool {
		_, _, errno := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(c.pid), uintptr(tid), 0)
		return errno != syscall.ESRCH
	}
	for _, c := range r.started {
		if c.traced && is(c) {
			return c
		}
	}
	for _, f := range r.frozen {
		if is(f.child) {
			return f.child
		}
	}
	return nil
}

// endsItsProcess tells of a thread at its end whether the whole process ends with it, and
// in failure: others end alone by exit(2), or in the way of another one's execve(2), which
// is an end with 0. One that a seccomp filter ends may do so alone, and goes on.
func endsItsProcess(tid int) bool {
	end, err := eventMessage(tid)
	status := syscall.WaitStatus(end)
	if err != nil || status == 0 || status.Signaled() && status.Signal() == syscall.SIGSYS {
		return false
	}
	if status.Signaled() {
		return true
	}
	number, err := syscallOf(tid)
	return err == nil && number != syscall.SYS_EXIT
}

// releaseThreads lets the threads of a process end, those that do later too.
func (r *Reaper) releaseThreads(c *child) {
	c.alone = true
	for tid, t := range r.threads {
		if t.of == c && t.ended {
			_ = ptrace(syscall.PTRACE_CONT, tid, 0, 0)
		}
	}
}

// executed takes note of an execve(2) that has succeeded: there is one thread now, which
// has the number of the process and may have had another one.
func (r *Reaper) executed(c *child) {
	c.alone = false
	if before, err := eventMessage(c.pid); err == nil {
		delete(r.threads, int(before))
	}
}

// forgetThreads forgets the threads of a process that has been reaped, as all of them have
// been then: their numbers may be given away.
func (r *Reaper) forgetThreads(c *child) {
	for tid, t := range r.threads {
		if t.of == c {
			delete(r.threads, tid)
		}
	}
}
