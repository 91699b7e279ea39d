// Command confined runs a program under a seccomp filter, in the place of that program: the tests put it where
// nile is looked for. Which program and which filter is said when it is built, since its arguments and its
// environment are the program's.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/nile-init/nile/internal/testprogram/seccomp"
)

// Set with -ldflags -X: a path, and a filter as seccomp.Encode has written it.
var program, filter string

func main() {
	runtime.LockOSThread() // the filter is of the thread that executes the program
	instructions, err := seccomp.Decode(filter)
	if err == nil {
		err = seccomp.Load(instructions)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "confined: %v\n", err)
		os.Exit(125)
	}
	err = syscall.Exec(program, os.Args, os.Environ())
	fmt.Fprintf(os.Stderr, "confined: cannot execute %s: %v\n", program, err)
	os.Exit(127)
}
