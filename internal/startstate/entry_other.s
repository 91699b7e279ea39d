//go:build !amd64 && !arm64

#include "textflag.h"

#ifdef GOARCH_386
#define GO_ENTRY _rt0_386_linux
#endif
#ifdef GOARCH_arm
#define GO_ENTRY _rt0_arm_linux
#endif
#ifdef GOARCH_loong64
#define GO_ENTRY _rt0_loong64_linux
#endif
#ifdef GOARCH_mips
#define GO_ENTRY _rt0_mips_linux
#endif
#ifdef GOARCH_mipsle
#define GO_ENTRY _rt0_mipsle_linux
#endif
#ifdef GOARCH_mips64
#define GO_ENTRY _rt0_mips64_linux
#endif
#ifdef GOARCH_mips64le
#define GO_ENTRY _rt0_mips64le_linux
#endif
#ifdef GOARCH_ppc64le
#define GO_ENTRY _rt0_ppc64le_linux
#endif
#ifdef GOARCH_riscv64
#define GO_ENTRY _rt0_riscv64_linux
#endif
#ifdef GOARCH_s390x
#define GO_ENTRY _rt0_s390x_linux
#endif

// nile_start is there so that the flags of the linker are the same on all machines
// (but big-endian ppc64, whose ABI wants more than an address). Here nothing is read.
TEXT nile_start(SB),NOSPLIT|NOFRAME|TOPFRAME,$0
	JMP	GO_ENTRY(SB)
