package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls that a test may have refused.
var calls = map[string]uint32{
	"ptrace": unix.SYS_PTRACE, "pidfd_open": unix.SYS_PIDFD_OPEN, "pidfd_send_signal": unix.SYS_PIDFD_SEND_SIGNAL,
	"clone": unix.SYS_CLONE, "clone3": unix.SYS_CLONE3, "close_range": unix.SYS_CLOSE_RANGE,
}

var refusals = map[string]unix.Errno{"EPERM": unix.EPERM, "ENOSYS": unix.ENOSYS, "ENOMEM": unix.ENOMEM}

// refuse becomes a command to which the kernel refuses a call: refuse ERRNO CALL CMD [ARG…].
// It is what a seccomp profile does, seccomp(2). Of clone only the making of processes is
// refused: Go's runtime ends where it can make no thread.
func refuse(args []string) {
	if len(args) < 3 || refusals[args[0]] == 0 || calls[args[1]] == 0 {
		fail(usage)
	}
	number, errno := calls[args[1]], refusals[args[0]]
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	allow := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}
	deny := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)}
	// The offsets are those of struct seccomp_data: nr, arch, instruction_pointer, args.
	filter := []unix.SockFilter{
		load(0),
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jt: 1},
		allow,
		load(16),
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: threadFlag(args[1]), Jt: 1},
		deny, allow,
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fail(err.Error())
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		fail(fmt.Sprintf("cannot refuse %s: %v", args[1], err))
	}
	path, err := exec.LookPath(args[2])
	if err == nil {
		err = unix.Exec(path, args[2:], os.Environ())
	}
	fail(fmt.Sprintf("cannot run %s: %v", strings.Join(args[2:], " "), err))
}

// threadFlag is what is never refused in the first argument of a call: CLONE_THREAD of
// clone(2). Others have no such thing.
func threadFlag(call string) uint32 {
	if call == "clone" {
		return unix.CLONE_THREAD
	}
	return 0
}
