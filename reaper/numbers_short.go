//go:build 386 || arm

package reaper

import "syscall"

// Without the 32 these calls take ids of 16 bits here.
const (
	sysSetgroups = syscall.SYS_SETGROUPS32
	sysSetresgid = syscall.SYS_SETRESGID32
	sysSetresuid = syscall.SYS_SETRESUID32

	cloneTakesStackFirst = false
)
