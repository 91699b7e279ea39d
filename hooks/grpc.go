package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"strconv"
	"time"
)

// probeGRPC calls Check of the gRPC health protocol and judges the answer as the
// kubelet's pkg/probe/grpc/grpc.go does, in its words. Whatever goes wrong is a
// failure; only a bad port or a cancelled context are errors of the probe.
func probeGRPC(ctx context.Context, h *GRPC) Outcome {
	if err := checkPort(h.Port); err != nil {
		return Outcome{Unknown, err.Error()}
	}
	where := hostPort(h.Host, h.Port)
	c, err := connect(ctx, h.Host, h.Port)
	if err != nil {
		return failed(fmt.Errorf("error: failed to connect service at %q: %w", where, err))
	}
	defer discard(c)
	status, err := check(ctx, c, where, h.Service)
	if err != nil {
		if refusal, ok := errors.AsType[*rpcError](err); ok && refusal.code == codeUnimplemented {
			return Outcome{Failure, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): " + refusal.message}
		}
		return failed(fmt.Errorf("error: health rpc probe failed: %w", err))
	}
	if status != serving {
		return Outcome{Failure, fmt.Sprintf("service unhealthy (responded with %q)", status)}
	}
	return Outcome{Success, "service healthy"}
}

// check makes the call on an open connection (grpc/doc/PROTOCOL-HTTP2.md of the
// gRPC project).
func check(ctx context.Context, c *connection, where, service string) (servingStatus, error) {
	response, err := askHTTP2(c, checkRequest(ctx, where), encodeCheckRequest(service))
	if err != nil {
		return 0, explain(ctx, "waiting for the answer", notHTTP2(err))
	}
	// The trailer, with the status of the call, comes after all of the body.
	body, err := io.ReadAll(io.LimitReader(response.body, maxMessage+1))
	switch {
	case err != nil:
		return 0, explain(ctx, "reading the answer", unanswered(err))
	case len(body) > maxMessage:
		return 0, fmt.Errorf("the answer is over %d KiB", maxMessage>>10)
	}
	if err := rpcStatus(response); err != nil {
		return 0, err
	}
	return decodeCheckResponse(body)
}

func checkRequest(ctx context.Context, where string) *request2 {
	header := textproto.MIMEHeader{
		"Content-Type": {"application/grpc"},
		"Te":           {"trailers"},
		"User-Agent":   {probeAgent},
	}
	if deadline, ok := ctx.Deadline(); ok {
		// At most 8 digits: a day in milliseconds, and a server needs to know no more.
		left := min(max(time.Until(deadline), time.Millisecond), 24*time.Hour)
		header["Grpc-Timeout"] = []string{strconv.FormatInt(left.Milliseconds(), 10) + "m"}
	}
	return &request2{
		method: "POST",
		url:    &url.URL{Scheme: "http", Host: where, Path: "/grpc.health.v1.Health/Check"},
		header: header,
	}
}

// notHTTP2 gives the end of a connection in place of an answer plain words: it is
// what a server does that doesn't know HTTP/2, or wants TLS.
func notHTTP2(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection; does it speak gRPC without TLS?")
	}
	return err
}
