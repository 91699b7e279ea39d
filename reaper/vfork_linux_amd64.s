#include "go_asm.h"
#include "textflag.h"

#define SYS_rt_sigprocmask 14
#define SYS_clone 56
#define SYS_exit_group 231

#define SIG_SETMASK 2
#define SET_SIZE 8

// func spawn(pid *int32, digits *byte, table *step, flags uintptr) (result int)
TEXT ·spawn(SB),NOSPLIT,$16-40
	MOVQ	$-1, all-8(SP)
	MOVL	$SIG_SETMASK, DI
	LEAQ	all-8(SP), SI
	LEAQ	old-16(SP), DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigprocmask, AX
	SYSCALL

	// All that the child needs is in registers: without CLONE_VFORK the parent goes
	// on with the stack.
	MOVQ	table+16(FP), R12
	MOVQ	digits+8(FP), R13
	MOVQ	pid+0(FP), BX
	MOVQ	flags+24(FP), DI
	XORL	SI, SI // no stack of its own
	XORL	DX, DX
	MOVQ	BX, R10
	XORL	R8, R8
	MOVL	$SYS_clone, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	child

	MOVQ	AX, result+32(FP)
	MOVL	$SIG_SETMASK, DI
	LEAQ	old-16(SP), SI
	XORL	DX, DX
	MOVL	$SET_SIZE, R10
	MOVL	$SYS_rt_sigprocmask, AX
	SYSCALL
	RET

child:
	// From here on nothing may change the stack, which is the parent's.
	MOVQ	R13, SI
	TESTQ	SI, SI
	JEQ	work
	MOVL	(BX), R8
	MOVL	R8, AX
	MOVL	$10, BX
room:
	INCQ	SI
	XORL	DX, DX
	DIVL	BX
	TESTL	AX, AX
	JNE	room
	MOVB	$0, (SI)
	MOVL	R8, AX
digit:
	DECQ	SI
	XORL	DX, DX
	DIVL	BX // the quotient in AX, the rest in DX
	ADDL	$'0', DX
	MOVB	DX, (SI)
	TESTL	AX, AX
	JNE	digit
work:
	MOVQ	step_unless(R12), AX
	TESTQ	AX, AX
	JEQ	make
	CMPQ	(AX), $0
	JGE	next
make:
	MOVQ	step_args+0(R12), DI
	MOVQ	step_first(R12), AX
	TESTQ	AX, AX
	JEQ	rest
	MOVQ	(AX), DI
rest:
	MOVQ	step_args+8(R12), SI
	MOVQ	step_args+16(R12), DX
	MOVQ	step_args+24(R12), R10
	MOVQ	step_args+32(R12), R8
	MOVQ	step_args+40(R12), R9
	MOVQ	step_call(R12), AX
	SYSCALL
	MOVQ	AX, step_result(R12)
	CMPQ	AX, $0
	JGE	next
	NEGQ	AX
	CMPQ	AX, $64
	JCC	end
	MOVQ	step_goOn(R12), DX
	BTQ	AX, DX
	JCC	end
next:
	ADDQ	$step__size, R12
	JMP	work
end:
	MOVQ	step_code(R12), DI
	MOVL	$SYS_exit_group, AX
	SYSCALL
	INT	$3
