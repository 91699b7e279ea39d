package hooks

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	loopback  = "127.0.0.1"
	loopback6 = "::1"
)

// connection is a TCP connection on which nothing waits longer than its context
// lives.
type connection struct {
	stream
	ctx  context.Context
	stop func() bool
}

// stream is what a [socket] and a [net.TCPConn] have in common.
type stream interface {
	net.Conn
	SetLinger(seconds int) error
}

// connect opens a connection to a host: an address, a name, or "" and
// "localhost" for the loopback.
func connect(ctx context.Context, host string, port int) (*connection, error) {
	var c *connection
	var err error
	if host == "" || host == "localhost" {
		c, err = connectTo(ctx, loopback, port)
		if err != nil && ctx.Err() == nil {
			if c6, err6 := connectTo(ctx, loopback6, port); err6 == nil {
				c, err = c6, nil
			}
		}
	} else {
		c, err = connectTo(ctx, host, port)
	}
	if err != nil {
		return nil, explain(ctx, "connecting", err)
	}
	return c, nil
}

func connectTo(ctx context.Context, host string, port int) (*connection, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return connectSocket(ctx, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	dialer := net.Dialer{KeepAlive: -1} // the connection lives for milliseconds
	tcp, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return watched(ctx, tcp.(*net.TCPConn)), nil
}

// watched makes the end of ctx interrupt whoever reads or writes.
func watched(ctx context.Context, s stream) *connection {
	stop := context.AfterFunc(ctx, func() { _ = s.SetDeadline(time.Unix(1, 0)) })
	return &connection{stream: s, ctx: ctx, stop: stop}
}

// Close never blocks. A connection that the context ended is reset, so that
// nothing remains of it; any other is closed in good order, since a reset
// connection is an error in many servers' logs.
func (c *connection) Close() error {
	c.stop()
	if c.ctx.Err() != nil {
		_ = c.SetLinger(0)
	}
	return c.stream.Close()
}

// discard closes what has served its purpose: whatever goes wrong then, the
// answer is known.
func discard(c io.Closer) { _ = c.Close() }

// checkPort says what is wrong with a port.
func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return errors.New("invalid port number: " + strconv.Itoa(port) + " is not in 1..65535")
	}
	return nil
}

// hostPort is an address for people and for Host fields.
func hostPort(host string, port int) string {
	if host == "" {
		host = loopback
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// cutShort is the error of what the context ended.
type cutShort struct {
	doing string
	cause error // context.DeadlineExceeded or context.Canceled
}

func (e *cutShort) Error() string {
	if e.cause == context.Canceled {
		return "cancelled while " + e.doing
	}
	return "timed out while " + e.doing
}

func (e *cutShort) Unwrap() error { return e.cause }

// explain says in few words why the network failed: the context's end, or the
// bare reason ("connection refused"), since the addresses that Go puts around it
// are in the message already.
func explain(ctx context.Context, doing string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return &cutShort{doing, cause}
	}
	// The poller's timer may be a moment ahead of the context's.
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &cutShort{doing, context.DeadlineExceeded}
	}
	if reason, ok := errors.AsType[syscall.Errno](err); ok {
		return reason
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		return operation.Err
	}
	return err
}

// failed is the outcome of a probe that got no answer.
func failed(err error) Outcome {
	if errors.Is(err, context.Canceled) {
		return Outcome{Unknown, err.Error()}
	}
	return Outcome{Failure, err.Error()}
}
