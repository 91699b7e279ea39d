package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// untilEnding returns a context that ends with its parent, by stop, and when nile is asked
// to end by SIGTERM, SIGINT or SIGHUP, which is its cause then. Once it is stopped, a
// signal ends nile at once. (It is [signal.NotifyContext] without its own type of context
// and of error, which are most of that function's bytes.)
func untilEnding(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		select {
		case received := <-signals:
			cancel(errors.New(received.String() + " signal received"))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
