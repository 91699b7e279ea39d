package reaper

import (
	"runtime"
	"syscall"
	"unsafe"

	"github.com/nile-init/nile/internal/linux"
)

// A process that is to be frozen is traced from before its execve, so that it cannot
// end unseen, and while it still is of nile's own user: a tracer keeps what it has,
// though it could not attach to another user's process any more (PTRACE_MODE_ATTACH in
// ptrace(2)). The child waits at a gate, a futex in the memory that it shares with nile,
// until nile has attached to it.

// futexWait is FUTEX_WAIT | FUTEX_PRIVATE_FLAG, futexWake the other half, futex(2).
const (
	futexWait = 0 | 128
	futexWake = 1 | 128
)

// closeGate plans that the child waits for openGate.
func (p *plan) closeGate() {
	p.gate = 0
	p.try(anyError, StartError{}, syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&p.gate)), futexWait, 0, 0)
}

func (p *plan) openGate() {
	p.gate = 1
	_, _, _ = syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&p.gate)), futexWake, 1, 0, 0, 0)
}

// runTraced is run for a child that is to be traced. The error is why it cannot be; no
// child is left then, and none has done anything.
func (p *plan) runTraced() (pid int, failure *StartError, err error) {
	if traceable == 0 {
		return 0, nil, syscall.ENOSYS
	}
	runtime.LockOSThread()
	p.call(StartError{}, syscall.SYS_EXIT_GROUP, 126) // no execve has succeeded
	table, release, err := newTable(len(p.steps))
	if err != nil {
		return 0, nil, err
	}
	defer release()
	pid, failure = p.clone(table, traceable)
	if failure != nil && failure.Err == syscall.EINVAL { // an emulator
		return 0, nil, syscall.ENOSYS
	}
	if failure != nil {
		return 0, failure, nil
	}
	const options = syscall.PTRACE_O_TRACEEXIT | syscall.PTRACE_O_TRACEEXEC
	if err := ptrace(ptraceSeize, pid, 0, options); err != nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		reapOne(pid)
		return 0, nil, err
	}
	p.openGate()
	awaitExecve(pid)
	runtime.KeepAlive(p)
	pid, failure = p.started(pid, table)
	return pid, failure, nil
}

// awaitExecve waits until a traced child has become the command or has ended; it
// leaves one that has ended unreaped.
func awaitExecve(pid int) {
	const (
		pPID       = 1 // P_PID, waitid(2)
		cldTrapped = 4 // CLD_TRAPPED, sigaction(2)
	)
	for {
		var info signalInfo
		err := linux.Waitid(pPID, pid, unsafe.Pointer(&info),
			syscall.WEXITED|syscall.WSTOPPED|syscall.WNOWAIT|syscall.WALL)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || info.code < cldTrapped {
			return
		}
		_, status, _ := wait(pid)
		if eventOf(status) == syscall.PTRACE_EVENT_EXEC {
			// Its threads are traced from now on too: those that end with it would be
			// gone before it stands still.
			const end = syscall.PTRACE_O_TRACEEXIT | syscall.PTRACE_O_TRACEEXEC
			if ptrace(syscall.PTRACE_SETOPTIONS, pid, 0, end|syscall.PTRACE_O_TRACECLONE) != nil {
				_ = ptrace(syscall.PTRACE_SETOPTIONS, pid, 0, end)
			}
			_ = ptrace(syscall.PTRACE_CONT, pid, 0, 0)
			return
		}
		(&child{pid: pid}).pass(pid, status)
	}
}

// reapOne waits for a child that is about to end.
func reapOne(pid int) {
	for {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != syscall.EINTR {
			return
		}
	}
}

// syscallOf is the number of the system call in which a stopped process is.
func syscallOf(pid int) (int, error) {
	const prstatus = 1 // NT_PRSTATUS, elf.h
	var words [64]uint64
	n, err := registers(pid, prstatus, unsafe.Slice((*byte)(unsafe.Pointer(&words)), unsafe.Sizeof(words)))
	if err != nil {
		return 0, err
	}
	if n < 27*8 {
		return 0, syscall.ENOSYS // a program of 32 bits, which counts in another way
	}
	if runtime.GOARCH == "arm64" {
		return int(words[8]), nil // x8
	}
	return int(words[15]), nil // orig_rax
}
