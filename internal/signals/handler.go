//go:build amd64 || arm64

package signals

// take makes the pipe and installs the handler, unless the program's entry point
// has done so.
func take()

// unhook lets Go's runtime set handlers again.
func unhook()

// sigaction is the kernel's struct sigaction of these machines.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// What the handler and the hook in handler_linux_*.s work on.
var (
	pipe [2]int32 // the records travel here; 0 and 0 until there is one
	//lint:ignore U1000 the handler in assembly uses it
	self   int32 // the own process id
	failed int32 // the negative errno of pipe2(2)
	//lint:ignore U1000 the entry point in assembly uses it
	catch      sigaction     // the handler, as it is installed
	actions    [65]sigaction // what Go's runtime believes is installed, by number
	childEnded int32         // 1: a SIGCHLD waits for the reader
	dropped    int32         // real-time signals that found the pipe full
	overflow   uint32        // standard signals that did: bit n is signal n
)
