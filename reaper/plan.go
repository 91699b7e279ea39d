package reaper

import (
	"runtime"
	"syscall"
	"unsafe"
)

// step is one system call of a child between clone(2) and execve(2). The child
// shares nile's memory and runs no Go there: spawn works through a table of steps.
// The assembly knows the fields through go_asm.h.
type step struct {
	call   uintptr
	args   [6]uintptr
	unless *int    // make the call only if this result is an error
	first  *int    // this result is the first argument
	goOn   uint64  // bit n: errno n does not end the child
	result int     // what the call returned; unmade before that
	code   uintptr // the exit code if it ends the child
}

// unmade is the result of a call that has not been made, or has not come back.
const unmade = int(^uint(0) >> 1)

// anyError is goOn for a call whose failure does not matter.
const anyError = ^uint64(0)

func errnos(list ...syscall.Errno) (set uint64) {
	for _, errno := range list {
		set |= 1 << errno
	}
	return set
}

// plan is what a child has to do to become the command, in an order in which each
// step still has the rights that it needs. A Reaper has one for all its starts, with
// the room that these need: made anew, it is most of what nile allocates at all.
type plan struct {
	command *Command
	cookie  string // an entry of the environment beside those of the command, or ""
	steps   []planned
	memory  memory
	pid     int32  // the child's own process id, for the child
	digits  *byte  // where the child writes it in decimal, or nil
	blocked uint64 // the signals that are blocked in the child
	gate    uint32 // of a child that is to be traced: 1 when it is

	ignore, standard [8]uintptr // struct sigaction: the handler first
}

// newPlan makes a plan that stays where it is: addresses in it become arguments, which
// the compiler cannot see, so it must not be on a stack.
//
//go:noinline
func newPlan() *plan { return new(plan) }

// usualSteps is room for the steps of a command that asks for little: most are those
// of its signals.
const usualSteps = 80

// begin makes the plan an empty one for a command.
func (p *plan) begin(c *Command, cookie string) {
	if p.steps == nil {
		p.steps = make([]planned, 0, usualSteps)
	}
	p.command, p.cookie, p.steps, p.digits = c, cookie, p.steps[:0], nil
	p.memory.begin()
}

// planned is a step, and what to say if it fails.
type planned struct {
	step
	unless, first int // the numbers of other steps, or none
	says          StartError
	capability    string // what an EPERM is for lack of
}

const none = -1

// call appends a step and returns its number.
func (p *plan) call(says StartError, number uintptr, args ...uintptr) int {
	s := planned{unless: none, first: none, says: says}
	s.step.call, s.result, s.code = number, unmade, 125
	copy(s.args[:], args)
	p.steps = append(p.steps, s)
	return len(p.steps) - 1
}

// try appends a step that may fail with some errors.
func (p *plan) try(goOn uint64, says StartError, number uintptr, args ...uintptr) int {
	i := p.call(says, number, args...)
	p.steps[i].goOn = goOn
	return i
}

// at is an argument that points to memory; that must be on the heap, and stays
// there as long as the plan is for this command.
func (p *plan) at(memory unsafe.Pointer) uintptr {
	p.memory.keep(memory)
	return uintptr(memory)
}

// text is an argument that points to a string, which contains no NUL.
func (p *plan) text(text string) uintptr {
	data := p.memory.take(len(text) + 1)
	data[copy(data, text)] = 0
	return uintptr(unsafe.Pointer(&data[0]))
}

// texts is a list of strings as execve(2) takes it: its first element's address is
// the argument. more is added where it is not empty.
func (p *plan) texts(list []string, more string) (pointers []*byte) {
	size := len(more) + 1
	for _, text := range list {
		size += len(text) + 1
	}
	pointers = p.memory.takePointers(len(list) + 2)
	data := p.memory.take(size)
	for i, text := range list {
		pointers[i], data = terminated(data, text)
	}
	if more != "" {
		pointers[len(list)], _ = terminated(data, more)
	}
	return pointers
}

// terminated writes a string and a NUL, and returns where it is and the room behind.
func terminated(data []byte, text string) (at *byte, rest []byte) {
	length := copy(data, text)
	data[length] = 0
	return &data[0], data[length+1:]
}

// fill copies the steps into a table and ties them to each other.
func (p *plan) fill(table []step) {
	for i, s := range p.steps {
		table[i] = s.step
		if s.unless != none {
			table[i].unless = &table[s.unless].result
		}
		if s.first != none {
			table[i].first = &table[s.first].result
		}
	}
}

// run starts the child and returns when it has become the command or has ended in
// failure; then it has been reaped.
func (p *plan) run() (pid int, failure *StartError) {
	// The last step: no execve has succeeded.
	p.call(StartError{}, syscall.SYS_EXIT_GROUP, 126)
	table, release, err := newTable(len(p.steps))
	if err != nil {
		return 0, &StartError{Op: opFork, Err: err.(syscall.Errno)}
	}
	defer release()
	pid, failure = p.clone(table, waiting)
	if failure != nil {
		return 0, failure
	}
	return p.started(pid, table)
}

// clone makes the child.
func (p *plan) clone(table []step, flags uintptr) (pid int, failure *StartError) {
	p.fill(table)
	// No other goroutine may be between opening a descriptor and marking it
	// close-on-exec, see syscall.ForkLock.
	syscall.ForkLock.Lock()
	result := spawn(&p.pid, p.digits, &table[0], flags)
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(p)
	if result < 0 {
		return 0, &StartError{Op: opFork, Err: syscall.Errno(-result)}
	}
	return result, nil
}

// started is what has come of a child that has become the command or has ended.
func (p *plan) started(pid int, table []step) (int, *StartError) {
	failure := p.outcome(table)
	if failure == nil {
		return pid, nil
	}
	reapOne(pid) // it exits right now, and nobody has seen this process id yet
	return 0, failure
}

// outcome is why the child could not become the command, or nil. The table tells
// which call was the last: an execve that succeeds does not come back.
func (p *plan) outcome(table []step) (failure *StartError) {
	for i := range table[:len(table)-1] {
		s := &table[i]
		if s.unless != nil && *s.unless >= 0 {
			continue
		}
		if s.result == unmade {
			return nil // it is the command now, or was killed on the way
		}
		errno := syscall.Errno(-s.result)
		ended := s.result < 0 && (errno >= 64 || s.goOn&(1<<errno) == 0)
		if s.result >= 0 || !ended && s.call != syscall.SYS_EXECVE {
			continue
		}
		next := p.steps[i].explain(p.command, errno)
		// Of several places in PATH the first that is denied is the answer.
		if ended || failure == nil || failure.missing {
			failure = next
		}
		if ended {
			break
		}
	}
	return failure
}

// explain makes the error of a step that failed.
func (s *planned) explain(c *Command, errno syscall.Errno) *StartError {
	failure := s.says
	failure.Err = errno
	switch {
	case failure.Op == opExec && !failure.Temporary(): // EAGAIN: the user has too many processes
		return execFailure(c, failure.Path, errno)
	case s.capability != "" && errno == syscall.EPERM:
		failure.Detail = lacks(errno, s.capability)
	case failure.Detail == "":
		failure.Detail = failure.beyond(c.Rlimits)
	}
	return &failure
}
