package hooks

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"time"
)

// dialer spares the system calls for keep-alive probes: a probe's connection
// lives for milliseconds. The kubelet's sets SO_LINGER to one second, to have
// fewer sockets in TIME_WAIT; on Linux that changes nothing there, but close(2)
// may then block for a second, so nile's doesn't.
var dialer = net.Dialer{KeepAlive: -1}

const (
	loopback  = "127.0.0.1"
	loopback6 = "::1"
)

// connection is a TCP connection on which nothing waits longer than its context
// lives.
type connection struct {
	*net.TCPConn
	ctx  context.Context
	stop func() bool
}

// connect opens a connection to a host: an address, a name, or "" and
// "localhost" for the loopback.
func connect(ctx context.Context, host string, port int) (*connection, error) {
	tcp, err := dial(ctx, host, port)
	if err != nil {
		return nil, err
	}
	c := &connection{TCPConn: tcp, ctx: ctx}
	c.stop = context.AfterFunc(ctx, func() {
		_ = tcp.SetDeadline(time.Unix(1, 0)) // the past: wakes up who reads or writes
	})
	return c, nil
}

// dial is connect for those who need no more than a bare connection.
func dial(ctx context.Context, host string, port int) (*net.TCPConn, error) {
	tcp, err := dialHost(ctx, host, port)
	if err != nil {
		return nil, explain(ctx, "connecting", err)
	}
	return tcp, nil
}

func dialHost(ctx context.Context, host string, port int) (*net.TCPConn, error) {
	if host == "" || host == "localhost" {
		tcp, err := dialAddress(ctx, loopback, port)
		if err == nil || ctx.Err() != nil {
			return tcp, err
		}
		if tcp, err6 := dialAddress(ctx, loopback6, port); err6 == nil {
			return tcp, nil
		}
		return nil, err
	}
	return dialAddress(ctx, host, port)
}

// dialAddress doesn't use Dialer.DialTCP (go1.26), which binds the socket first: a
// port that is chosen before its destination is known can't be shared with the
// connections in TIME_WAIT, and once there are thousands the search for one takes
// milliseconds.
func dialAddress(ctx context.Context, host string, port int) (*net.TCPConn, error) {
	c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// Close never blocks. A connection that the context ended is reset, so that
// nothing of it remains; any other is closed in good order, since a reset
// connection is an error in many servers' logs.
func (c *connection) Close() error {
	c.stop()
	if c.ctx.Err() != nil {
		_ = c.SetLinger(0)
	}
	return c.TCPConn.Close()
}

// checkPort says what is wrong with a port.
func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return errors.New("invalid port number: " + strconv.Itoa(port) + " is not in 1..65535")
	}
	return nil
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
// innermost reason ("connection refused"), since the addresses that net puts
// around it are in the message already.
func explain(ctx context.Context, doing string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return &cutShort{doing, cause}
	}
	// The poller's timer may be a moment ahead of the context's.
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &cutShort{doing, context.DeadlineExceeded}
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		err = operation.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
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
