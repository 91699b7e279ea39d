package reaper

import (
	"runtime"
	"syscall"
)

// Exec makes the calling process the command, as execve(2) does: with the identity,
// limits, directory and all else that Start would give a child, by the same steps. It
// returns only where that fails, and always a [*StartError] then; what has been changed
// by that time stays changed, so the caller can do little but end. Cgroup, Cookie and
// PIDVariable are for children; the Isolation must be SameGroup.
//
// Credentials belong to a thread, and execve keeps those of its caller: this one is
// locked, and the others end with it.
func Exec(c *Command) error {
	failure := c.check()
	if failure == nil {
		failure = c.exec()
	}
	return failure.as(commandName(c))
}

func (c *Command) exec() *StartError {
	paths := c.paths()
	if len(paths) == 0 {
		if failure := checkDir(c.Dir); failure != nil {
			return failure
		}
		return notFound(c)
	}
	runtime.LockOSThread()
	p := newPlan()
	p.begin(c, "")
	if _, failure := p.prepare(paths); failure != nil {
		return failure
	}
	p.call(StartError{}, syscall.SYS_EXIT_GROUP, 126) // which outcome expects, and nobody makes
	table := make([]step, len(p.steps))
	p.fill(table)
	for i := range table[:len(table)-1] {
		if !table[i].run() {
			break
		}
	}
	runtime.KeepAlive(p)
	return p.outcome(table)
}

// run makes the call of one step; false where its failure is the end.
func (s *step) run() bool {
	if s.unless != nil && *s.unless >= 0 {
		return true
	}
	args := s.args
	if s.first != nil {
		args[0] = uintptr(*s.first)
	}
	result, _, errno := syscall.RawSyscall6(s.call, args[0], args[1], args[2], args[3], args[4], args[5])
	s.result = int(result)
	if errno != 0 {
		s.result = -int(errno)
	}
	return errno == 0 || errno < 64 && s.goOn&(1<<errno) != 0
}
