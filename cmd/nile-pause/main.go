// Command nile-pause is a pause container: the process that holds the namespaces of a
// pod, and PID 1 of all its containers where they share a PID namespace. It does what
// Kubernetes' pause does (build/pause/linux/pause.c), and outlives every signal that a
// container may send it.
//
// It needs no /proc, no directory, no capability, no open file and no particular user,
// and runs as any process: where it is not PID 1 it only warns.
//
// # Reaping
//
// pause is given the orphans of the pod and never starts anything, so that nobody ever
// asks how one of them ended. It ignores SIGCHLD, and the kernel then does away with a
// child the moment it ends (wait(2), "Linux notes"; sigaction(2), SIGCHLD): no zombie
// exists at any time, a burst of them costs pause nothing, and it never wakes up.
//
// # Signals
//
// The kernel drops signals for PID 1 that have the default action (kill(2), pid_namespaces(7)),
// but Go's runtime has installed handlers, whose own default is to end the program: one
// SIGHUP from any container would end the pod. So all are ignored but SIGTERM and
// SIGINT, which end pause with exit code 0.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "unknown"

func main() {
	for _, argument := range os.Args[1:] {
		if argument == "-v" || argument == "-V" {
			_, _ = os.Stdout.WriteString("nile-pause " + version + "\n")
			return
		}
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	ignoreAllBut(syscall.SIGTERM, syscall.SIGINT)
	reapEarlier()
	if os.Getpid() != 1 {
		say("warning: it is not PID 1: orphans of other containers go elsewhere")
	}
	received := <-end
	say("shutting down, got " + received.String())
}

// reapEarlier does away with what ended before SIGCHLD was ignored.
func reapEarlier() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && pid <= 0 {
			return
		}
	}
}

// say writes a line to standard error, which may be closed.
func say(text string) {
	_, _ = os.Stderr.WriteString("nile-pause: " + text + "\n")
}
