package main

import (
	"slices"
	"syscall"
	"unsafe"
)

// ignore is a struct kernel_sigaction whose handler, the first field on every
// architecture that nile is built for, is SIG_IGN; all else in it is 0. It is larger
// than any of them.
var ignore = [8]uintptr{1}

// ignoreAllBut ignores every other signal. It asks the kernel itself: Go's os/signal
// knows nothing of some real-time signals, and keeps a handler for SIGCHLD, SIGURG and
// SIGPROF. Without that of SIGURG the runtime cannot interrupt a goroutine that spins;
// there is none here.
func ignoreAllBut(kept ...syscall.Signal) {
	const (
		signals = 64
		setSize = 8 // sizeof(sigset_t) of the kernel
	)
	for number := syscall.Signal(1); number <= signals; number++ {
		if slices.Contains(kept, number) {
			continue
		}
		// SIGKILL and SIGSTOP are refused, sigaction(2).
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&ignore)), 0, setSize, 0, 0)
	}
}
