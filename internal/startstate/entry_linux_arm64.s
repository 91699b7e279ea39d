#include "textflag.h"

#define SYS_fcntl 25
#define SYS_rt_sigaction 134
#define SYS_rt_sigprocmask 135
#define SYS_prlimit64 261

#define SIG_IGN 1
#define SIG_SETMASK 2
#define SET_SIZE 8
#define F_GETFD 1
#define EBADF 9
#define RLIMIT_NOFILE 7

// nile_start is the entry point of the program, by the linker's flag -E. The
// kernel leaves the arguments at RSP and nothing of worth in the registers.
TEXT nile_start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	// Whatever arrives from here on stays pending until it can be handled. As
	// PID 1, without a handler, it would be dropped (sig_task_ignored in the
	// kernel's signal.c, which spares blocked signals).
	MOVD	$SIG_SETMASK, R0
	MOVD	$·everything(SB), R1
	MOVD	$·blocked(SB), R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigprocmask, R8
	SVC

	MOVD	$0, R0 // this process
	MOVD	$RLIMIT_NOFILE, R1
	MOVD	$0, R2
	MOVD	$·files(SB), R3
	MOVD	$SYS_prlimit64, R8
	SVC
	MOVD	R0, ·failed(SB)

	MOVD	$0, R20 // the descriptors that are closed
	MOVD	$1, R21
	MOVD	$2, R19
descriptor:
	MOVD	R19, R0
	MOVD	$F_GETFD, R1
	MOVD	$SYS_fcntl, R8
	SVC
	CMN	$EBADF, R0
	BNE	open
	LSL	R19, R21, R9
	ORR	R9, R20
open:
	SUBS	$1, R19
	BGE	descriptor
	MOVW	R20, ·closed(SB)

	MOVD	$0, R20  // the signals that are ignored
	MOVD	$63, R19 // the signal's bit, one less than its number
	SUB	$64, RSP, R22 // a struct sigaction of 32 bytes on unused stack
signal:
	ADD	$1, R19, R0
	MOVD	$0, R1
	MOVD	R22, R2
	MOVD	ZR, (R22)
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigaction, R8
	SVC
	MOVD	(R22), R9
	CMP	$SIG_IGN, R9
	BNE	handled
	LSL	R19, R21, R9
	ORR	R9, R20
handled:
	SUBS	$1, R19
	BGE	signal
	MOVD	R20, ·ignored(SB)

	MOVW	R21, ·known(SB)

	// All stays blocked: the runtime unblocks on its threads what it insists on,
	// and finds the handlers there.
	BL	nile_take_signals(SB) // internal/signals
	B	_rt0_arm64_linux(SB)
