//go:build 386 || arm

package reaper

import "golang.org/x/sys/unix"

// Without the 32 these calls take ids of 16 bits here.
const (
	sysSetgroups = unix.SYS_SETGROUPS32
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetresuid = unix.SYS_SETRESUID32

	cloneTakesStackFirst = false
)
