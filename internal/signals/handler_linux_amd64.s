#include "textflag.h"

#define SYS_write 1
#define SYS_close 3
#define SYS_rt_sigaction 13
#define SYS_rt_sigreturn 15
#define SYS_getpid 39
#define SYS_fcntl 72
#define SYS_pipe2 293

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGCHLD 17
#define SIGXFSZ 25
#define SIGPROF 27
#define SIGSYS 31
#define SIGRTMIN 32 // the kernel's

#define SIG_DFL 0
#define SIG_IGN 1
#define SET_SIZE 8
// SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART
#define FLAGS (0x4 | 0x04000000 | 0x08000000 | 0x10000000)

#define SI_TKILL -6

#define O_NONBLOCK 0x800
#define O_CLOEXEC 0x80000
#define F_DUPFD_CLOEXEC 1030

// What the kernel raises for a fault of the program itself, or for Go's profiler.
#define KERNEL_TO_GO (1<<SIGILL | 1<<SIGTRAP | 1<<SIGBUS | 1<<SIGFPE | 1<<SIGSEGV | 1<<SIGPROF | 1<<SIGSYS)

// nile_signal_handler is called by the kernel with the number in DI, the
// siginfo_t in SI and the context in DX, on any thread, with all signals blocked.
// It touches no stack but below SP, where nothing can come: signals are blocked
// and a system call uses the kernel's stack. rt_sigreturn restores all registers.
TEXT nile_signal_handler<>(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL	8(SI), AX  // si_code
	MOVL	16(SI), CX // si_pid, if somebody sent it
	CMPL	AX, $0
	JGT	kernel
	JEQ	kill
	CMPL	AX, $SI_TKILL
	JNE	report
	// To a thread of this process from this process: Go's runtime, which
	// interrupts its threads by SIGURG, runs system calls on all of them by 33,
	// and raises what it dies of.
	CMPL	CX, ·self(SB)
	JEQ	chain
	JMP	report
kernel:
	MOVL	$KERNEL_TO_GO, R8
	BTL	DI, R8
	JCS	chain
	JMP	report
kill:
	// The kernel sends these in the name of the process whose write(2) failed.
	CMPL	CX, ·self(SB)
	JNE	report
	CMPL	DI, $SIGPIPE
	JEQ	done
	CMPL	DI, $SIGXFSZ
	JEQ	done

report:
	CMPL	DI, $SIGCHLD
	JNE	record
	MOVL	$1, AX
	XCHGL	AX, ·childEnded(SB)
	TESTL	AX, AX
	JNE	done // the reader has been woken for an earlier one
record:
	LEAQ	-64(SP), R8
	MOVL	DI, (R8)
	MOVL	8(SI), AX
	MOVL	AX, 4(R8)
	MOVQ	16(SI), AX // si_pid and si_uid
	MOVQ	AX, 8(R8)
	MOVQ	24(SI), AX // si_value
	MOVQ	AX, 16(R8)
	MOVL	·pipe+4(SB), DI
	MOVQ	R8, SI
	MOVL	$24, DX
	MOVL	$SYS_write, AX
	SYSCALL
	CMPQ	AX, $24
	JEQ	done
	CMPL	(R8), $SIGCHLD
	JEQ	done // childEnded says it all
	// The pipe is full.
	MOVL	(R8), CX
	CMPL	CX, $SIGRTMIN
	JGE	lost
	MOVL	$1, AX
	SHLL	CX, AX
	LOCK
	ORL	AX, ·overflow(SB)
	// The reader may have emptied the pipe since: wake it, or find the pipe full still.
	MOVL	$0, (R8)
	MOVL	·pipe+4(SB), DI
	MOVQ	R8, SI
	MOVL	$24, DX
	MOVL	$SYS_write, AX
	SYSCALL
	RET
lost:
	LOCK
	INCL	·dropped(SB)
done:
	RET

chain:
	// As if the kernel had called the handler that Go has set.
	MOVL	DI, R8
	SHLQ	$5, R8 // 32 bytes is a struct sigaction
	LEAQ	·actions(SB), R9
	MOVQ	(R9)(R8*1), R10
	CMPQ	R10, $SIG_IGN
	JEQ	done
	JCS	unhandled
	JMP	R10
unhandled:
	TESTL	AX, AX
	JLE	report
	// A fault before the runtime has set its handlers: the instruction that
	// faulted runs again, and the kernel ends the process.
	LEAQ	-64(SP), SI
	MOVQ	$SIG_DFL, (SI)
	MOVQ	$0, 8(SI)
	MOVQ	$0, 16(SI)
	MOVQ	$0, 24(SI)
	XORL	DX, DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigaction, AX
	SYSCALL
	RET

// nile_sigaction_return is where a handler returns to: x86 has no other way back.
// The name makes gdb recognise the frame of a signal.
TEXT nile_sigaction_return<>(SB),NOSPLIT|NOFRAME,$0
	MOVL	$SYS_rt_sigreturn, AX
	SYSCALL
	INT	$3

// nile_sigaction is what Go's runtime calls in the place of rt_sigaction, by C's
// rules: DI is the number, SI the new action or nil, DX room for the old one or
// nil. What the runtime sets goes into the table instead of the kernel, so that
// the handler above stays in place. SIG_DFL is carried out as well: with that the
// runtime ends the process.
TEXT nile_sigaction<>(SB),NOSPLIT|NOFRAME,$0
	MOVL	DI, R8
	SHLQ	$5, R8
	LEAQ	·actions(SB), R9
	ADDQ	R8, R9
	TESTQ	DX, DX
	JEQ	set
	MOVOU	(R9), X0
	MOVOU	X0, (DX)
	MOVOU	16(R9), X0
	MOVOU	X0, 16(DX)
set:
	TESTQ	SI, SI
	JEQ	accepted
	MOVOU	(SI), X0
	MOVOU	X0, (R9)
	MOVOU	16(SI), X0
	MOVOU	X0, 16(R9)
	CMPQ	(SI), $SIG_DFL
	JNE	accepted
	XORL	DX, DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigaction, AX
	SYSCALL
accepted:
	XORL	AX, AX
	RET

// nile_take_signals makes the pipe and sets the handler for all signals. It is
// called by the entry point, before the runtime, or by take. ·failed becomes the
// errno of pipe2 (negative), and then nothing is changed. It clobbers AX, BX, CX,
// DX, DI, SI, R8–R11.
TEXT nile_take_signals(SB),NOSPLIT|NOFRAME,$0
	LEAQ	·pipe(SB), DI
	MOVL	$(O_NONBLOCK|O_CLOEXEC), SI
	MOVL	$SYS_pipe2, AX
	SYSCALL
	MOVL	AX, ·failed(SB)
	TESTL	AX, AX
	JNE	return

	// A standard descriptor that was closed must stay so.
	MOVL	$1, BX
end:
	LEAQ	·pipe(SB), R8
	MOVL	(R8)(BX*4), DI
	CMPL	DI, $3
	JGE	next
	MOVL	$F_DUPFD_CLOEXEC, SI
	MOVL	$3, DX
	MOVL	$SYS_fcntl, AX
	SYSCALL
	TESTL	AX, AX
	JLT	next // no more descriptors: better a low one than none
	LEAQ	·pipe(SB), R8
	MOVL	AX, (R8)(BX*4)
	MOVL	$SYS_close, AX
	SYSCALL
next:
	DECL	BX
	JGE	end

	MOVL	$SYS_getpid, AX
	SYSCALL
	MOVL	AX, ·self(SB)

	LEAQ	nile_signal_handler<>(SB), AX
	MOVQ	AX, ·catch+0(SB)
	MOVQ	$FLAGS, AX
	MOVQ	AX, ·catch+8(SB)
	LEAQ	nile_sigaction_return<>(SB), AX
	MOVQ	AX, ·catch+16(SB)
	MOVQ	$-1, ·catch+24(SB) // all signals blocked meanwhile
	MOVL	$64, BX
signal:
	MOVL	BX, DI
	LEAQ	·catch(SB), SI
	LEAQ	·actions(SB), DX
	MOVQ	BX, R8
	SHLQ	$5, R8
	ADDQ	R8, DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigaction, AX
	SYSCALL // refused for SIGKILL and SIGSTOP
	DECL	BX
	JNE	signal

	LEAQ	nile_sigaction<>(SB), AX
	MOVQ	AX, _cgo_sigaction(SB)
return:
	RET

// func take()
TEXT ·take(SB),NOSPLIT,$0-0
	CALL	nile_take_signals(SB)
	RET

// func unhook()
TEXT ·unhook(SB),NOSPLIT,$0-0
	MOVQ	$0, _cgo_sigaction(SB)
	RET
