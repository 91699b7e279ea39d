// Package hooks carries out the handlers that a Pod manifest names: httpGet,
// tcpSocket, grpc and sleep, as probes and as lifecycle hooks. The rules are the
// kubelet's (Kubernetes 1.35: pkg/probe, pkg/kubelet/prober/prober.go,
// pkg/kubelet/lifecycle/handlers.go).
//
// An exec handler is not run here. Every child process belongs to the one place
// that reaps, or its exit code would be lost to wait4(-1): so that place runs the
// command, and [JudgeExec] says what the result means.
//
// [Probe] and [Run] remember nothing from one call to the next, may be called from any goroutine, and return
// as soon as their context ends, whatever the server does: refuses, accepts and
// says nothing, answers a byte a second, or never stops. They keep at most 10 KiB
// of an answer's body and accept at most 64 KiB of headers. No connection, file
// descriptor or goroutine is left behind.
//
// # Where a handler connects to
//
// The kubelet stands outside the container and connects to the pod's IP address;
// nile stands inside. Without a host a handler goes to 127.0.0.1 and, if that is
// refused, to ::1, which reaches what listens on all addresses or on the
// loopback. A server that listens on nothing but the pod's address needs that
// address as the handler's host. "localhost" is the same two addresses, without
// asking DNS: images from scratch have no /etc/hosts.
//
// The requests call themselves kube-probe and kube-lifecycle, as the kubelet's
// do, since servers tell probes from users by that name (to keep them out of
// their access log or exempt them from authentication).
//
// # Where the results differ from the kubelet's
//
//   - A grpc probe fails at once when the port refuses the connection; the
//     kubelet tries again until the timeout.
//   - Headers may be 64 KiB, not 10 MiB.
//   - A connection that the deadline ended is reset, and one that the server has
//     closed already too, so that it doesn't stay in TIME_WAIT.
//   - TLS offers no post-quantum key exchange.
//   - A probe that its caller cancels is [Unknown]; the kubelet never cancels one.
//   - No Referer is sent after a redirect, and no user name or password is taken
//     from a URL.
//   - A hook's httpGet asks for no compression, and also speaks HTTP/2 over TLS.
package hooks
