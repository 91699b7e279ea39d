#include "textflag.h"

#define SYS_fcntl 25
#define SYS_close 57
#define SYS_pipe2 59
#define SYS_write 64
#define SYS_rt_sigaction 134
#define SYS_getpid 172

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
// SA_SIGINFO | SA_ONSTACK | SA_RESTART
#define FLAGS (0x4 | 0x08000000 | 0x10000000)

#define SI_TKILL 6 // negative

#define O_NONBLOCK 0x800
#define O_CLOEXEC 0x80000
#define F_DUPFD_CLOEXEC 1030

// What the kernel raises for a fault of the program itself, or for Go's profiler.
#define KERNEL_TO_GO (1<<SIGILL | 1<<SIGTRAP | 1<<SIGBUS | 1<<SIGFPE | 1<<SIGSEGV | 1<<SIGPROF | 1<<SIGSYS)

// nile_signal_handler is called by the kernel with the number in R0, the
// siginfo_t in R1, the context in R2 and in LR the way back, on any thread, with
// all signals blocked. It touches no stack but below RSP, where nothing can come:
// signals are blocked and a system call uses the kernel's stack. rt_sigreturn
// restores all registers.
TEXT nile_signal_handler<>(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVW	8(R1), R9   // si_code
	MOVW	16(R1), R10 // si_pid, if somebody sent it
	MOVW	·self(SB), R11
	CMPW	$0, R9
	BGT	kernel
	BEQ	kill
	CMNW	$SI_TKILL, R9
	BNE	report
	// To a thread of this process from this process: Go's runtime, which
	// interrupts its threads by SIGURG, runs system calls on all of them by 33,
	// and raises what it dies of.
	CMPW	R11, R10
	BEQ	chain
	B	report
kernel:
	CMPW	$31, R0
	BGT	report
	MOVD	$KERNEL_TO_GO, R12
	LSR	R0, R12, R12
	TBNZ	$0, R12, chain
	B	report
kill:
	// The kernel sends these in the name of the process whose write(2) failed.
	CMPW	R11, R10
	BNE	report
	CMPW	$SIGPIPE, R0
	BEQ	done
	CMPW	$SIGXFSZ, R0
	BEQ	done

report:
	CMPW	$SIGCHLD, R0
	BNE	record
	MOVD	$·childEnded(SB), R12
	MOVW	$1, R13
mark:
	LDAXRW	(R12), R14
	STLXRW	R13, (R12), R15
	CBNZW	R15, mark
	CBNZW	R14, done // the reader has been woken for an earlier one
record:
	SUB	$64, RSP, R12
	MOVW	R0, (R12)
	MOVW	R9, 4(R12)
	MOVD	16(R1), R13 // si_pid and si_uid
	MOVD	R13, 8(R12)
	MOVD	24(R1), R13 // si_value
	MOVD	R13, 16(R12)
	MOVW	·pipe+4(SB), R0
	MOVD	R12, R1
	MOVD	$24, R2
	MOVD	$SYS_write, R8
	SVC
	CMP	$24, R0
	BEQ	done
	MOVW	(R12), R13
	CMPW	$SIGCHLD, R13
	BEQ	done // childEnded says it all
	// The pipe is full.
	CMPW	$SIGRTMIN, R13
	BGE	lost
	MOVW	$1, R14
	LSLW	R13, R14, R14
	MOVD	$·overflow(SB), R9
keep:
	LDAXRW	(R9), R10
	ORRW	R14, R10, R10
	STLXRW	R10, (R9), R15
	CBNZW	R15, keep
	// The reader may have emptied the pipe since: wake it, or find the pipe full still.
	MOVW	ZR, (R12)
	MOVW	·pipe+4(SB), R0
	MOVD	R12, R1
	MOVD	$24, R2
	MOVD	$SYS_write, R8
	SVC
	RET
lost:
	MOVD	$·dropped(SB), R12
count:
	LDAXRW	(R12), R13
	ADDW	$1, R13
	STLXRW	R13, (R12), R15
	CBNZW	R15, count
done:
	RET

chain:
	// As if the kernel had called the handler that Go has set.
	MOVD	$·actions(SB), R12
	UBFIZ	$5, R0, $7, R13 // 32 bytes is a struct sigaction
	MOVD	(R12)(R13), R14
	CMP	$SIG_IGN, R14
	BEQ	done
	BLO	unhandled
	B	(R14)
unhandled:
	CMPW	$0, R9
	BLE	report
	// A fault before the runtime has set its handlers: the instruction that
	// faulted runs again, and the kernel ends the process.
	SUB	$64, RSP, R1
	MOVD	ZR, (R1)
	MOVD	ZR, 8(R1)
	MOVD	ZR, 16(R1)
	MOVD	ZR, 24(R1)
	MOVD	$0, R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
	RET

// nile_sigaction is what Go's runtime calls in the place of rt_sigaction, by C's
// rules: R0 is the number, R1 the new action or nil, R2 room for the old one or
// nil. What the runtime sets goes into the table instead of the kernel, so that
// the handler above stays in place. SIG_DFL is carried out as well: with that the
// runtime ends the process.
TEXT nile_sigaction<>(SB),NOSPLIT|NOFRAME,$0
	MOVD	$·actions(SB), R9
	UBFIZ	$5, R0, $7, R10
	ADD	R10, R9
	CBZ	R2, set
	LDP	(R9), (R10, R11)
	STP	(R10, R11), (R2)
	LDP	16(R9), (R10, R11)
	STP	(R10, R11), 16(R2)
set:
	CBZ	R1, accepted
	LDP	(R1), (R10, R11)
	STP	(R10, R11), (R9)
	LDP	16(R1), (R12, R13)
	STP	(R12, R13), 16(R9)
	CMP	$SIG_DFL, R10
	BNE	accepted
	MOVD	$0, R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
accepted:
	MOVD	$0, R0
	RET

// nile_take_signals makes the pipe and sets the handler for all signals. It is
// called by the entry point, before the runtime, or by take. ·failed becomes the
// errno of pipe2 (negative), and then nothing is changed. It clobbers R0–R15 and
// R19–R22.
TEXT nile_take_signals(SB),NOSPLIT|NOFRAME,$0
	MOVD	$·pipe(SB), R20
	MOVD	R20, R0
	MOVD	$(O_NONBLOCK|O_CLOEXEC), R1
	MOVD	$SYS_pipe2, R8
	SVC
	MOVW	R0, ·failed(SB)
	CBNZ	R0, return

	// A standard descriptor that was closed must stay so.
	MOVD	$4, R19 // the offset of the end to look at
end:
	MOVW	(R20)(R19), R21
	CMP	$3, R21
	BGE	next
	MOVD	R21, R0
	MOVD	$F_DUPFD_CLOEXEC, R1
	MOVD	$3, R2
	MOVD	$SYS_fcntl, R8
	SVC
	TBNZ	$63, R0, next // no more descriptors: better a low one than none
	MOVW	R0, (R20)(R19)
	MOVD	R21, R0
	MOVD	$SYS_close, R8
	SVC
next:
	SUBS	$4, R19
	BGE	end

	MOVD	$SYS_getpid, R8
	SVC
	MOVW	R0, ·self(SB)

	MOVD	$·catch(SB), R20
	MOVD	$nile_signal_handler<>(SB), R9
	MOVD	R9, (R20)
	MOVD	$FLAGS, R9
	MOVD	R9, 8(R20)
	MOVD	ZR, 16(R20) // the kernel's own way back, in the vDSO
	MOVD	$-1, R9
	MOVD	R9, 24(R20) // all signals blocked meanwhile
	MOVD	$·actions(SB), R21
	MOVD	$64, R19
signal:
	MOVD	R19, R0
	MOVD	R20, R1
	LSL	$5, R19, R2
	ADD	R21, R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC // refused for SIGKILL and SIGSTOP
	SUBS	$1, R19
	BNE	signal

	MOVD	$nile_sigaction<>(SB), R9
	MOVD	R9, _cgo_sigaction(SB)
return:
	RET

// func take()
TEXT ·take(SB),NOSPLIT,$0-0
	CALL	nile_take_signals(SB)
	RET

// func unhook()
TEXT ·unhook(SB),NOSPLIT,$0-0
	MOVD	ZR, _cgo_sigaction(SB)
	RET
