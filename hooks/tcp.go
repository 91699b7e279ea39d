package hooks

import (
	"context"
	"fmt"
	"syscall"
)

// probeTCP succeeds when the port accepts a connection; nothing is sent.
func probeTCP(ctx context.Context, h *TCPSocket) Outcome {
	if err := checkPort(h.Port); err != nil {
		return Outcome{Unknown, err.Error()}
	}
	c, err := connect(ctx, h.Host, h.Port)
	if err != nil {
		return failed(fmt.Errorf("cannot connect to %s: %w", hostPort(h.Host, h.Port), err))
	}
	defer discard(c)
	if s, ok := c.stream.(*socket); ok && s.toItself() {
		return failed(fmt.Errorf("cannot connect to %s: %w", hostPort(h.Host, h.Port), syscall.ECONNREFUSED))
	}
	return Outcome{Result: Success}
}
