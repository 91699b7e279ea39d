package hooks

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// probeTCP succeeds when the port accepts a connection; nothing is sent.
func probeTCP(ctx context.Context, h *TCPSocket) Outcome {
	if err := checkPort(h.Port); err != nil {
		return Outcome{Unknown, err.Error()}
	}
	c, err := dial(ctx, h.Host, h.Port)
	if err != nil {
		return failed(fmt.Errorf("cannot connect to %s: %w", hostPort(h.Host, h.Port), err))
	}
	_ = c.Close()
	return Outcome{Result: Success}
}

// hostPort is an address for people and for Host fields.
func hostPort(host string, port int) string {
	if host == "" {
		host = loopback
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
