//go:build mips || mipsle || mips64 || mips64le

package linux

// SIG_SETMASK replaces the mask of signals, sigprocmask(2).
const SIG_SETMASK = 3
