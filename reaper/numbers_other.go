//go:build !386 && !arm

package reaper

import (
	"runtime"
	"syscall"
)

const (
	sysSetgroups = syscall.SYS_SETGROUPS
	sysSetresgid = syscall.SYS_SETRESGID
	sysSetresuid = syscall.SYS_SETRESUID

	// CONFIG_CLONE_BACKWARDS2 of the kernel, see clone(2).
	//
	//lint:ignore U1000 vfork_other.go uses it, on the machines without assembly
	cloneTakesStackFirst = runtime.GOARCH == "s390x"
)
