package faults

import "testing"

// TestRefused: seccomp profiles refuse calls in two ways, as one that is not permitted and as
// one that the kernel does not have. nile does its work without each of these calls.
func TestRefused(t *testing.T) {
	for _, call := range []string{"ptrace", "pidfd_open", "pidfd_send_signal", "clone3", "close_range"} {
		for _, errno := range []string{"EPERM", "ENOSYS"} {
			t.Run(call+" "+errno, func(t *testing.T) {
				t.Parallel()
				p := start(t, once("ACTOR, daemon"), options{within: []string{"ACTOR", "refuse", errno, call}})
				p.awaitWords("behind") // what the daemon left is found and ended
				p.holds("steady")
				p.end(143)
			})
		}
	}
}

// TestRefusedFreeze: a process that is to be kept as it dies cannot be where ptrace is
// refused. One line says so, and all else works.
func TestRefusedFreeze(t *testing.T) {
	spec := always("ACTOR, exit, '3'") + "    nile: {onFailure: Hold, freeze: true}\n"
	p := start(t, spec, options{within: []string{"ACTOR", "refuse", "EPERM", "ptrace"}})
	p.awaitWords("ptrace(2): operation not permitted")
	p.running("steady")
	p.await("broken is held", func() bool { return p.containers()["broken"].State == "Held" })
	p.holds("steady")
	p.end(3)
}
