#include "textflag.h"

#define SYS_rt_sigaction 13
#define SYS_rt_sigprocmask 14
#define SYS_fcntl 72
#define SYS_prlimit64 302

#define SIG_IGN 1
#define SIG_SETMASK 2
#define SET_SIZE 8
#define F_GETFD 1
#define EBADF 9
#define RLIMIT_NOFILE 7

// nile_start is the entry point of the program, by the linker's flag -E. The
// kernel leaves the arguments at SP and nothing of worth in the registers.
TEXT nile_start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	// Whatever arrives from here on stays pending until it can be handled. As
	// PID 1, without a handler, it would be dropped (sig_task_ignored in the
	// kernel's signal.c, which spares blocked signals).
	MOVL	$SIG_SETMASK, DI
	LEAQ	·everything(SB), SI
	LEAQ	·blocked(SB), DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigprocmask, AX
	SYSCALL

	XORL	DI, DI // this process
	MOVL	$RLIMIT_NOFILE, SI
	XORL	DX, DX
	LEAQ	·files(SB), R10
	MOVL	$SYS_prlimit64, AX
	SYSCALL
	MOVQ	AX, ·failed(SB)

	XORL	R12, R12 // the descriptors that are closed
	MOVL	$2, BX
descriptor:
	MOVL	BX, DI
	MOVL	$F_GETFD, SI
	MOVL	$SYS_fcntl, AX
	SYSCALL
	CMPQ	AX, $-EBADF
	JNE	open
	BTSQ	BX, R12
open:
	DECL	BX
	JGE	descriptor
	MOVL	R12, ·closed(SB)

	XORL	R12, R12 // the signals that are ignored
	MOVL	$63, BX  // the signal's bit, one less than its number
signal:
	LEAL	1(BX), DI
	XORL	SI, SI
	LEAQ	-64(SP), DX // a struct sigaction of 32 bytes on unused stack
	MOVQ	$0, (DX)
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigaction, AX
	SYSCALL
	CMPQ	-64(SP), $SIG_IGN
	JNE	handled
	BTSQ	BX, R12
handled:
	DECL	BX
	JGE	signal
	MOVQ	R12, ·ignored(SB)

	MOVL	$1, ·known(SB)

	// All stays blocked: the runtime unblocks on its threads what it insists on,
	// and finds the handlers there.
	CALL	nile_take_signals(SB) // internal/signals
	JMP	_rt0_amd64_linux(SB)
