//go:build !386 && !arm

package reaper

import (
	"runtime"

	"golang.org/x/sys/unix"
)

const (
	sysSetgroups = unix.SYS_SETGROUPS
	sysSetresgid = unix.SYS_SETRESGID
	sysSetresuid = unix.SYS_SETRESUID

	// CONFIG_CLONE_BACKWARDS2 of the kernel, see clone(2).
	//
	//lint:ignore U1000 vfork_other.go uses it, on the machines without assembly
	cloneTakesStackFirst = runtime.GOARCH == "s390x"
)
