package output

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writeSignals are the signals by which the kernel tells the writing thread that
// a write failed: SIGPIPE of a pipe without a reader, SIGXFSZ of a file over
// RLIMIT_FSIZE. nile passes signals on to its children, and these are its own;
// unmasked, Go's runtime would end nile by SIGXFSZ. The kernel's set has one word
// on every 64-bit Linux and two on the others, where the first holds both.
const writeSignals uint64 = 1<<(syscall.SIGPIPE-1) | 1<<(syscall.SIGXFSZ-1)

// quietly calls a function that writes, with the signals of failed writes masked.
func quietly(write func() (lost int, err error)) (lost int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	old := maskSignals(unix.SIG_BLOCK, writeSignals)
	lost, err = write()
	if err != nil {
		takeSignals(writeSignals)
	}
	maskSignals(unix.SIG_SETMASK, old)
	return lost, err
}

// maskSignals changes the signal mask of this thread and returns the one before.
func maskSignals(how int, set uint64) (old uint64) {
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, uintptr(how), uintptr(unsafe.Pointer(&set)),
		uintptr(unsafe.Pointer(&old)), unsafe.Sizeof(set), 0, 0)
	return old
}

// takeSignals takes what waits for this thread, and would reach it as soon as it
// is unmasked. More than one at a time is not to be had: a write fails once.
func takeSignals(set uint64) {
	var now unix.Timespec
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&set)), 0,
		uintptr(unsafe.Pointer(&now)), unsafe.Sizeof(set), 0, 0)
}
