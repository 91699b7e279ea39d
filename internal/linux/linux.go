// Package linux has the system calls and constants that what starts the first child
// needs beside package syscall, under the names of golang.org/x/sys/unix.
//
// It stands in for that package only to be initialised early. Of the packages whose
// imports are ready Go initialises the first by import path
// (https://go.dev/ref/spec#Program_initialization). Package unicode is late in that order,
// and when it is done, bytes, strings and some forty packages from compress to flag become
// ready that come before nile's own. So nothing that stands before the first child imports
// unicode, directly or through others, as golang.org/x/sys/unix, fmt and strings do.
package linux

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Constants that package syscall lacks, from the kernel's include/uapi; they are the
// same on all machines.
const (
	W_OK          = 2 // access(2)
	X_OK          = 1
	O_PATH        = 0x20_0000 // open(2)
	AT_EMPTY_PATH = 0x1000    // fchownat(2)
	AT_FDCWD      = -100      // openat(2)
	ST_NOEXEC     = 8         // statfs(2)
	P_ALL         = 0         // waitid(2)

	LINUX_CAPABILITY_VERSION_3 = 0x20080522 // capget(2)

	PR_SET_CHILD_SUBREAPER = 36 // prctl(2)
	PR_GET_CHILD_SUBREAPER = 37
	PR_SET_NO_NEW_PRIVS    = 38
)

// CapUserHeader and CapUserData are what capget(2) and capset(2) take.
type (
	CapUserHeader struct {
		Version uint32
		Pid     int32
	}
	CapUserData struct {
		Effective, Permitted, Inheritable uint32
	}
)

func result(value uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return -1, errno
	}
	return int(value), nil
}

// PrctlRetInt is prctl(2) where the result says something.
func PrctlRetInt(option int, a, b, c, d uintptr) (int, error) {
	value, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, uintptr(option), a, b, c, d, 0)
	return result(value, errno)
}

// Prctl is prctl(2).
func Prctl(option int, a, b, c, d uintptr) error {
	_, err := PrctlRetInt(option, a, b, c, d)
	return err
}

// Capget is capget(2); data points to as many structs as the version needs.
func Capget(header *CapUserHeader, data *CapUserData) error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(data)), 0)
	_, err := result(0, errno)
	return err
}

// Readlinkat is readlinkat(2), with room for the longest path there is; path may be empty
// where dirfd is a symbolic link.
func Readlinkat(dirfd int, path string) (string, error) {
	name, err := syscall.BytePtrFromString(path)
	if err != nil {
		return "", err
	}
	buffer := make([]byte, syscall.PathMax)
	n, _, errno := syscall.Syscall6(syscall.SYS_READLINKAT, uintptr(dirfd), uintptr(unsafe.Pointer(name)),
		uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)), 0, 0)
	if errno != 0 {
		return "", errno
	}
	return string(buffer[:n]), nil
}

// IoctlGetInt is an ioctl(2) that tells a number.
func IoctlGetInt(fd int, request uint) (int, error) {
	var value int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&value)))
	if errno != 0 {
		return 0, errno
	}
	return int(value), nil
}

// Waitid is waitid(2), with room for a siginfo_t.
func Waitid(kind, id int, info unsafe.Pointer, options int) error {
	_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, uintptr(kind), uintptr(id), uintptr(info), uintptr(options), 0, 0)
	_, err := result(0, errno)
	return err
}

// PidfdOpen is pidfd_open(2).
func PidfdOpen(pid int, flags int) (int, error) {
	fd, _, errno := syscall.Syscall(late(434), uintptr(pid), uintptr(flags), 0)
	return result(fd, errno)
}

// PidfdSendSignal is pidfd_send_signal(2) without a siginfo_t.
func PidfdSendSignal(pidfd int, sig syscall.Signal) error {
	_, _, errno := syscall.Syscall6(late(424), uintptr(pidfd), uintptr(sig), 0, 0, 0, 0)
	_, err := result(0, errno)
	return err
}

// Getrandom is getrandom(2) without flags.
func Getrandom(buffer []byte) (int, error) {
	number := uintptr(278) // asm-generic/unistd.h: arm64, riscv64, loong64
	switch runtime.GOARCH {
	case "amd64":
		number = 318
	case "386":
		number = 355
	case "arm":
		number = 384
	case "ppc64", "ppc64le":
		number = 359
	case "s390x":
		number = 349
	case "mips", "mipsle":
		number = 4353
	case "mips64", "mips64le":
		number = 5313
	}
	n, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)), 0)
	return result(n, errno)
}

// late is the number of a system call since Linux 5.0: that is the same on all machines,
// but for where each kind of program has its own range.
func late(number uintptr) uintptr {
	switch runtime.GOARCH {
	case "mips", "mipsle":
		return 4000 + number
	case "mips64", "mips64le":
		return 5000 + number
	}
	return number
}

// IsTerminal tells whether a descriptor is a terminal.
func IsTerminal(fd int) bool {
	var termios [64]uint64 // more than any machine's struct termios
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TCGETS, uintptr(unsafe.Pointer(&termios)))
	return errno == 0
}
