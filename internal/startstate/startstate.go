// Package startstate tells what the process was started with, as execve(2)
// hands it on: which signals are ignored and blocked, which of the standard
// descriptors are closed, and the limit of open files. A program that starts
// others on behalf of whoever started it has to hand all of this on, and Go's
// runtime changes all of it before main: it installs handlers and unblocks
// signals (runtime/signal_unix.go), opens /dev/null on closed standard
// descriptors (runtime/fds_unix.go) and raises the limit (syscall/rlimit.go).
//
// # The entry point
//
// On linux/amd64 and linux/arm64 the package has an entry point of its own, in
// assembly, which reads the state and then goes on to Go's. A program asks for
// it when it is linked:
//
//	go build -ldflags "-E nile_start"
//
// Such a program must import internal/signals too, whose handlers the entry
// point installs, so that no signal is lost from the first instruction on: without
// it the linker misses nile_take_signals. [Known] tells whether the state was read.
// On other machines the flag does no harm, and nothing is read.
//
// # Without it
//
// The limit of open files is known all the same: this package imports nothing
// but runtime, so that it is initialised before package syscall, which raises it
// (packages that are ready are initialised in the order of their import paths,
// see "Program initialization" in Go's specification). Of the rest that is read
// which the runtime left alone: SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, 32 and 34 are
// right, so are SIGHUP and SIGINT if they were ignored, and the mask is right for
// the signals that Go lets be blocked (not HUP INT QUIT ILL TRAP ABRT BUS FPE
// SEGV TERM STKFLT CHLD URG PROF SYS 32 33 34). Every other signal counts as
// neither ignored nor blocked, every standard descriptor as open.
package startstate

import (
	"runtime"
	"unsafe" // also for go:linkname
)

// Set is a set of signals as the kernel has it, and as SigIgn and SigBlk of
// /proc/PID/status show it: signal n is bit n-1.
type Set uint64

// Has reports whether the signal num, 1 to 64, is in the set.
func (s Set) Has(num int) bool { return num >= 1 && num <= 64 && s&(1<<(num-1)) != 0 }

// What the entry point has read. Nothing writes here after the start.
var (
	known   uint32    // 1 if the entry point was used
	closed  uint32    // bit i: descriptor i, 0 to 2, was not open
	ignored uint64    // a Set
	blocked uint64    // a Set
	files   [2]uint64 // the soft and the hard limit of RLIMIT_NOFILE
	failed  int64     // what prlimit64 returned for it; 0 is success
)

// action is the struct sigaction of rt_sigaction(2) as far as it is the same on
// all machines; the rest is room for what the kernel writes behind it.
type action struct {
	handler uintptr
	_       [7]uint64
}

// everything is all signals, for the entry point.
//
//lint:ignore U1000 assembly uses it
var everything = ^uint64(0)

func init() {
	if known != 0 {
		return
	}
	const (
		rlimitNofile = 7
		setSize      = 8 // bytes in a set of signals
		sigIgn       = 1
	)
	prlimit64, rtSigprocmask, rtSigaction := numbers()
	failed = int64(call(prlimit64, 0, rlimitNofile, 0, uintptr(unsafe.Pointer(&files))))
	call(rtSigprocmask, 0, 0, uintptr(unsafe.Pointer(&blocked)), setSize)
	for num := uintptr(1); num <= 64; num++ {
		var now action
		call(rtSigaction, num, 0, uintptr(unsafe.Pointer(&now)), setSize)
		if now.handler == sigIgn {
			ignored |= 1 << (num - 1)
		}
	}
}

// numbers are those of the system calls in the kernel's asm/unistd.h. Package
// syscall, which has them too, must not be imported here.
func numbers() (prlimit64, rtSigprocmask, rtSigaction uintptr) {
	switch runtime.GOARCH {
	case "amd64":
		return 302, 14, 13
	case "386":
		return 340, 175, 174
	case "arm":
		return 369, 175, 174
	case "ppc64", "ppc64le":
		return 325, 174, 173
	case "s390x":
		return 334, 175, 174
	case "mips", "mipsle":
		return 4338, 4195, 4194
	case "mips64", "mips64le":
		return 5297, 5014, 5013
	}
	return 261, 135, 134 // asm-generic/unistd.h: arm64, riscv64, loong64
}

// rawSyscall6 is syscall.RawSyscall6, without the import that would have package
// syscall initialised first. It needs nothing initialised.
//
//go:linkname rawSyscall6 syscall.RawSyscall6
func rawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, errno uintptr)

// call makes a system call and returns its errno.
//
//go:uintptrescapes
func call(trap, a1, a2, a3, a4 uintptr) (errno uintptr) {
	_, _, errno = rawSyscall6(trap, a1, a2, a3, a4, 0, 0)
	return errno
}

// Known reports whether the program's own entry point has read the state, so
// that all of it is exact.
func Known() bool { return known != 0 }

// Ignored are the signals that the process was started with ignored (SIG_IGN).
func Ignored() Set { return Set(ignored) }

// Blocked are the signals that the process was started with blocked.
func Blocked() Set { return Set(blocked) }

// Closed reports whether the standard descriptor fd, 0 to 2, was not open.
func Closed(fd int) bool { return fd >= 0 && fd < 3 && closed&(1<<fd) != 0 }

// OpenFiles is the limit of open files, RLIMIT_NOFILE of getrlimit(2), that the
// process was started with. ok is false if the kernel did not tell.
func OpenFiles() (soft, hard uint64, ok bool) { return files[0], files[1], failed == 0 }
