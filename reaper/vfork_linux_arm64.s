#include "go_asm.h"
#include "textflag.h"

#define SYS_exit_group 94
#define SYS_rt_sigprocmask 135
#define SYS_clone 220

#define SIG_SETMASK 2
#define SET_SIZE 8

// func spawn(pid *int32, digits *byte, table *step, flags uintptr) (result int)
TEXT ·spawn(SB),NOSPLIT,$16-40
	MOVD	$-1, R9
	MOVD	R9, all-8(SP)
	MOVD	$SIG_SETMASK, R0
	MOVD	$all-8(SP), R1
	MOVD	$old-16(SP), R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigprocmask, R8
	SVC

	// All that the child needs is in registers: without CLONE_VFORK the parent goes
	// on with the stack.
	MOVD	table+16(FP), R19
	MOVD	digits+8(FP), R20
	MOVD	pid+0(FP), R21
	MOVD	flags+24(FP), R0
	MOVD	$0, R1 // no stack of its own
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	R21, R4
	MOVD	$SYS_clone, R8
	SVC
	CBZ	R0, child

	MOVD	R0, result+32(FP)
	MOVD	$SIG_SETMASK, R0
	MOVD	$old-16(SP), R1
	MOVD	$0, R2
	MOVD	$SET_SIZE, R3
	MOVD	$SYS_rt_sigprocmask, R8
	SVC
	RET

child:
	// From here on nothing may change the stack, which is the parent's.
	MOVD	R20, R1
	CBZ	R1, work
	MOVWU	(R21), R2
	MOVD	R2, R0
	MOVD	$10, R3
room:
	ADD	$1, R1
	UDIV	R3, R0, R0
	CBNZ	R0, room
	MOVB	ZR, (R1)
digit:
	SUB	$1, R1
	UDIV	R3, R2, R0
	MSUB	R3, R2, R0, R4 // the rest: R2 - R0 * R3
	ADD	$'0', R4
	MOVB	R4, (R1)
	MOVD	R0, R2
	CBNZ	R2, digit
work:
	MOVD	step_unless(R19), R9
	CBZ	R9, make
	MOVD	(R9), R9
	TBZ	$63, R9, next
make:
	MOVD	step_args+0(R19), R0
	MOVD	step_first(R19), R9
	CBZ	R9, rest
	MOVD	(R9), R0
rest:
	MOVD	step_args+8(R19), R1
	MOVD	step_args+16(R19), R2
	MOVD	step_args+24(R19), R3
	MOVD	step_args+32(R19), R4
	MOVD	step_args+40(R19), R5
	MOVD	step_call(R19), R8
	SVC
	MOVD	R0, step_result(R19)
	TBZ	$63, R0, next
	NEG	R0, R0
	CMP	$64, R0
	BHS	end
	MOVD	step_goOn(R19), R9
	LSR	R0, R9, R9
	TBZ	$0, R9, end
next:
	ADD	$step__size, R19
	B	work
end:
	MOVD	step_code(R19), R0
	MOVD	$SYS_exit_group, R8
	SVC
	BRK
