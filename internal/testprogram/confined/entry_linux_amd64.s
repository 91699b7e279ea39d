#include "textflag.h"

#define SYS_prctl 157
#define SYS_exit_group 231
#define SYS_seccomp 317

#define PR_GET_SECCOMP 21
#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_MODE_FILTER 2
#define SECCOMP_SET_MODE_FILTER 1
#define EACCES 13

// confined_start is the entry point of the program: see confined.go. The stack is left as the kernel has made it.
TEXT confined_start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVL	$PR_GET_SECCOMP, DI
	MOVL	$SYS_prctl, AX
	SYSCALL
	CMPQ	AX, $SECCOMP_MODE_FILTER
	JEQ	confined // nile that has executed itself

	// A struct sock_fprog on unused stack.
	MOVWLZX	·instructions(SB), R12
	MOVQ	R12, -16(SP)
	LEAQ	·filter(SB), R12
	MOVQ	R12, -8(SP)
	MOVL	$2, BX // attempts
attempt:
	MOVL	$SECCOMP_SET_MODE_FILTER, DI
	XORL	SI, SI
	LEAQ	-16(SP), DX
	MOVL	$SYS_seccomp, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	confined
	DECL	BX
	JEQ	failed
	CMPQ	AX, $-EACCES
	JNE	failed
	// Without CAP_SYS_ADMIN it takes no_new_privs, seccomp(2).
	MOVL	$PR_SET_NO_NEW_PRIVS, DI
	MOVL	$1, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$SYS_prctl, AX
	SYSCALL
	JMP	attempt
confined:
	JMP	nile_start(SB) // internal/startstate
failed:
	MOVL	$125, DI
	MOVL	$SYS_exit_group, AX
	SYSCALL
	INT	$3
