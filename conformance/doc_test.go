// Package conformance holds nile against the kubelet. It runs Pod manifests under nile and compares what happens with
// traces: those of testdata/conformance/observed were recorded from a real kubelet, those of testdata/conformance/own
// were written from its rules.
//
//	make conformance
//
// # What is compared
//
// Each pod is compared by the kinds of [kinds]: the lines that its containers write and their order across containers,
// exit codes and reasons, restart counts, which restarts wait and for how long, readiness, the final phase, termination
// messages, nile's exit code, and times. Where nile differs on purpose, the list of exceptions names the kind, the reason
// in docs/reference/kubelet.md and a trace of what nile does instead; an exception that isn't needed any more is an error,
// so is a line of that page which nothing shows.
//
// # How a pod is run
//
// nile is PID 1 of mount, PID, network and IPC namespaces of its own, on a root of its own that holds busybox, an empty
// directory for each emptyDir volume, and a /dev/termination-log. TERM stands for the deletion of the pod.
//
// The manifest is changed in four ways before nile gets it. The pod gets the name that a kubelet would give it, with the
// node's name behind. Each container's command is preceded by a small program that connects stdout and stderr to a FIFO
// of that container and then becomes the command: so each line has an author, while nile's child is the command itself.
// (A container whose log may stand in for its termination message is left as it is: nile must see its output.)
// /proc/1/fd/1 becomes that FIFO, because a container's first process is not PID 1. And /dev/termination-log becomes
// /dev/termination-log-NAME, in commands and as the terminationMessagePath, because the containers share one /dev; the pod
// that shows this keeps it.
//
// Some pods are run a second time with each container as PID 1 of a PID namespace, as a container runtime does it: a shim
// starts the command in a new namespace, with a /tmp of its own for each run, passes signals on and ends as the command
// ended; exec probes and hooks enter the namespace. This shows that a difference of the first run is one of namespaces and
// not one of nile.
package conformance
