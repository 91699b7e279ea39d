#include "textflag.h"

#define SYS_exit_group 94
#define SYS_prctl 167
#define SYS_seccomp 277

#define PR_GET_SECCOMP 21
#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_MODE_FILTER 2
#define SECCOMP_SET_MODE_FILTER 1
#define EACCES 13

// confined_start is the entry point of the program: see confined.go. The stack is left as the kernel has made it.
TEXT confined_start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	MOVD	$PR_GET_SECCOMP, R0
	MOVD	$SYS_prctl, R8
	SVC
	CMP	$SECCOMP_MODE_FILTER, R0
	BEQ	confined // nile that has executed itself

	// A struct sock_fprog on unused stack.
	SUB	$16, RSP, R20
	MOVHU	·instructions(SB), R9
	MOVD	R9, (R20)
	MOVD	$·filter(SB), R9
	MOVD	R9, 8(R20)
	MOVD	$2, R19 // attempts
attempt:
	MOVD	$SECCOMP_SET_MODE_FILTER, R0
	MOVD	$0, R1
	MOVD	R20, R2
	MOVD	$SYS_seccomp, R8
	SVC
	CBZ	R0, confined
	SUBS	$1, R19
	BEQ	failed
	CMN	$EACCES, R0
	BNE	failed
	// Without CAP_SYS_ADMIN it takes no_new_privs, seccomp(2).
	MOVD	$PR_SET_NO_NEW_PRIVS, R0
	MOVD	$1, R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$SYS_prctl, R8
	SVC
	B	attempt
confined:
	B	nile_start(SB) // internal/startstate
failed:
	MOVD	$125, R0
	MOVD	$SYS_exit_group, R8
	SVC
	BRK
