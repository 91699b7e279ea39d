//go:build amd64 || arm64

package reaper

import "syscall"

// spawn makes a child that works through a table of steps, and returns its process
// id, or a negative errno: with [waiting] when the child has executed a program or has
// ended (CLONE_VFORK), with [traceable] at once. The child writes its process id to pid and the results into the
// table, since it shares the memory (CLONE_VM), and uses no stack. If digits is not
// nil, its process id is first written there in decimal, with a NUL behind it. All
// signals are blocked meanwhile, and are still blocked in the child.
//
// An emulator that turns this into a fork (qemu-user does) returns at once, and the
// table tells nothing then: a command that cannot be started seems to start, and
// ends with code 126, or 125 if a step before it failed.
func spawn(pid *int32, digits *byte, table *step, flags uintptr) (result int)

// The flags of spawn.
const (
	traceable = syscall.CLONE_VM | syscall.CLONE_CHILD_SETTID | uintptr(syscall.SIGCHLD)
	waiting   = traceable | syscall.CLONE_VFORK
)

// spare is a table that no start uses, if there is one.
var spare []step

// newTable is room for a number of steps. Starts belong to one goroutine, so that one
// table serves them all.
func newTable(size int) (table []step, release func(), err error) {
	table, spare = spare, nil
	if cap(table) < size {
		table = make([]step, size)
	}
	table = table[:size]
	clear(table)
	return table, func() { spare = table }, nil
}
