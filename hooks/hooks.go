package hooks

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Handler is what a probe or a lifecycle hook does. Exactly one field is set.
type Handler struct {
	Exec      *Exec
	HTTPGet   *HTTPGet
	TCPSocket *TCPSocket
	GRPC      *GRPC
	Sleep     *Sleep // lifecycle hooks only
}

// Exec is a command in the container. It is not carried out by this package.
type Exec struct {
	Argv []string
}

// HTTPGet is a GET request.
type HTTPGet struct {
	Scheme  string // HTTP, HTTPS, or empty for HTTP; in any case of letters
	Host    string // empty: the loopback
	Port    int    // 1 to 65535
	Path    string // with the query, if any; empty: "/"
	Headers []Header
}

// Header is a header field of a request. The Host field is the virtual host. An
// empty Accept or User-Agent means that none is sent; without the field they are
// "*/*" and the kubelet's name.
type Header struct {
	Name, Value string
}

// TCPSocket is a connection that is opened and closed.
type TCPSocket struct {
	Host string // empty: the loopback
	Port int    // 1 to 65535
}

// GRPC is a call of grpc.health.v1.Health/Check, without TLS.
type GRPC struct {
	Host    string // empty: the loopback
	Port    int    // 1 to 65535
	Service string // the service asked about; empty: the server as a whole
}

// Sleep is a pause.
type Sleep struct {
	Duration time.Duration
}

// Result says what one probe counts as.
type Result int

// The results of a probe.
const (
	// Unknown is an error of the probe itself. It counts neither as a success nor
	// as a failure; the kubelet tries three times at once and then forgets it.
	Unknown Result = iota
	Success
	// Warning is a success that somebody should know of: the server redirected to
	// another host, which is not asked.
	Warning
	Failure
)

// String is the name of the result.
func (r Result) String() string {
	switch r {
	case Unknown:
		return "Unknown"
	case Success:
		return "Success"
	case Warning:
		return "Warning"
	case Failure:
		return "Failure"
	}
	return fmt.Sprintf("Result(%d)", int(r))
}

// Outcome is the result of one probe.
type Outcome struct {
	Result  Result
	Message string // for people; valid UTF-8, with at most 10 KiB of what the server said
}

// Probe carries out a probe by the rules of the kubelet's prober. The probe's
// timeout is the deadline of ctx; to miss it is a [Failure]. An exec handler is
// for the caller, and [JudgeExec].
func Probe(ctx context.Context, h *Handler) Outcome {
	if err := h.check(); err != nil {
		return Outcome{Unknown, err.Error()}
	}
	switch {
	case h.HTTPGet != nil:
		return probeHTTP(ctx, h.HTTPGet)
	case h.TCPSocket != nil:
		return probeTCP(ctx, h.TCPSocket)
	case h.GRPC != nil:
		return probeGRPC(ctx, h.GRPC)
	case h.Sleep != nil:
		return Outcome{Unknown, "invalid handler: sleep cannot be a probe; use exec, httpGet, tcpSocket or grpc"}
	default:
		return Outcome{Unknown, "invalid handler: the command of an exec probe is run by the caller"}
	}
}

// Run carries out a lifecycle hook (postStart, preStop) by the rules of the
// kubelet's handler runner, until it is done or ctx ends. An httpGet succeeds
// with any HTTP status, and goes over HTTP if an HTTPS one meets a server that
// speaks plain HTTP. Kubernetes accepts tcpSocket as a hook, but it always fails.
func Run(ctx context.Context, h *Handler) error {
	if err := h.check(); err != nil {
		return err
	}
	switch {
	case h.HTTPGet != nil:
		return runHTTP(ctx, h.HTTPGet)
	case h.Sleep != nil:
		return sleep(ctx, h.Sleep.Duration)
	case h.TCPSocket != nil:
		return errors.New("invalid handler: tcpSocket cannot be a lifecycle hook; use exec, httpGet or sleep")
	case h.GRPC != nil:
		return errors.New("invalid handler: grpc cannot be a lifecycle hook; use exec, httpGet or sleep")
	default:
		return errors.New("invalid handler: the command of an exec hook is run by the caller")
	}
}

func (h *Handler) check() error {
	if h == nil {
		return errors.New("missing handler: name one of exec, httpGet, tcpSocket, grpc, sleep")
	}
	set := 0
	for _, is := range [...]bool{h.Exec != nil, h.HTTPGet != nil, h.TCPSocket != nil, h.GRPC != nil, h.Sleep != nil} {
		if is {
			set++
		}
	}
	switch set {
	case 0:
		return errors.New("missing handler: name one of exec, httpGet, tcpSocket, grpc, sleep")
	case 1:
		return nil
	}
	return fmt.Errorf("invalid handler: %d handlers are named, and only one may be", set)
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		// The kubelet's words; people search for them.
		return fmt.Errorf("container terminated before sleep hook finished: %w", ctx.Err())
	}
}
