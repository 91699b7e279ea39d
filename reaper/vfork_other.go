//go:build !amd64 && !arm64

package reaper

import (
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/linux"
)

// spawn makes a child that works through a table of steps, and returns its process
// id, or a negative errno, when the child has executed a program or has ended
// (CLONE_VFORK), which is all that it can here. On this machine the child is a copy of nile, and only the table is
// shared with it. If digits is not nil, the child's process id is first written there
// in decimal, with a NUL behind it. All signals are blocked meanwhile, and are still
// blocked in the child.
//
// Neither the stack may grow here nor the scheduler run: in the child there is but
// this one thread.
//
//go:noinline
//go:norace
//go:nosplit
func spawn(pid *int32, digits *byte, table *step, flags uintptr) (result int) {
	all, old := ^uint64(0), uint64(0)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, linux.SIG_SETMASK,
		uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&old)), unsafe.Sizeof(all), 0, 0)
	var child uintptr
	var errno syscall.Errno
	if cloneTakesStackFirst {
		child, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, 0, flags, 0, uintptr(unsafe.Pointer(pid)), 0, 0)
	} else {
		child, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, flags, 0, 0, 0, uintptr(unsafe.Pointer(pid)), 0)
	}
	if child == 0 && errno == 0 {
		if digits != nil {
			writeDecimal(digits, *pid)
		}
		follow(table)
	}
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, linux.SIG_SETMASK, uintptr(unsafe.Pointer(&old)), 0, unsafe.Sizeof(old), 0, 0)
	if errno != 0 {
		return -int(errno)
	}
	return int(child)
}

// The flags of spawn. Without shared memory there is no gate, and no child that can be
// traced from its beginning.
const (
	traceable = 0
	waiting   = syscall.CLONE_VFORK | syscall.CLONE_CHILD_SETTID | uintptr(syscall.SIGCHLD)
)

// writeDecimal writes a number that is not negative, and a NUL.
//
//go:norace
//go:nosplit
func writeDecimal(to *byte, number int32) {
	length := uintptr(1)
	for rest := number; rest >= 10; rest /= 10 {
		length++
	}
	*(*byte)(unsafe.Add(unsafe.Pointer(to), length)) = 0
	for ; length > 0; length-- {
		*(*byte)(unsafe.Add(unsafe.Pointer(to), length-1)) = byte('0' + number%10)
		number /= 10
	}
}

// follow works through a table; it does not return.
//
//go:norace
//go:nosplit
func follow(s *step) {
	for ; ; s = (*step)(unsafe.Add(unsafe.Pointer(s), unsafe.Sizeof(*s))) {
		if s.unless != nil && *s.unless >= 0 {
			continue
		}
		first := s.args[0]
		if s.first != nil {
			first = uintptr(*s.first)
		}
		result, _, errno := syscall.RawSyscall6(s.call, first, s.args[1], s.args[2], s.args[3], s.args[4], s.args[5])
		s.result = int(result)
		if errno != 0 {
			s.result = -int(errno)
			if errno >= 64 || s.goOn&(1<<errno) == 0 {
				syscall.RawSyscall(syscall.SYS_EXIT_GROUP, s.code, 0, 0)
			}
		}
	}
}

// newTable is room for a number of steps that a copy of nile shares.
func newTable(size int) (table []step, release func(), err error) {
	memory, err := syscall.Mmap(-1, 0, size*int(unsafe.Sizeof(step{})), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	if err != nil {
		return nil, nil, err
	}
	return unsafe.Slice((*step)(unsafe.Pointer(&memory[0])), size), func() { _ = syscall.Munmap(memory) }, nil
}
