package loop

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/nile-init/nile/hooks"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
)

// runOwner is who owns the processes that [Handle.Run] starts: no container.
const runOwner = "nile"

// Run runs a command with nile's own user and environment, and with a text as its standard
// input, until it ends or ctx does, which ends it with all that it has started. The
// error says what went wrong, with the first 10 KiB of what the command has said.
func (h *Handle) Run(ctx context.Context, argv []string, input []byte) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer write.Close()
	var failed error // to start
	done := make(chan hooks.Outcome, 1)
	e := &errand{name: runOwner, what: "event hook", ended: func(o hooks.Outcome) { done <- o }}
	_, err = call(ctx, h, func(l *loop) *errand {
		defer read.Close()
		if failed = ctx.Err(); failed != nil {
			return e
		}
		failed = l.execute(e, &reaper.Command{
			Argv: argv, Env: os.Environ(), Owner: runOwner, Isolation: reaper.NewSession, Cookie: true, Files: []uintptr{read.Fd()},
		})
		return e
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	_ = write.SetWriteDeadline(time.Now().Add(time.Minute)) // whoever reads nothing is no reason to wait for ever
	stop := context.AfterFunc(ctx, func() { _ = write.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	_, _ = write.Write(input) // it may well not want it
	_ = write.Close()
	select {
	case outcome := <-done:
		if outcome.Result != hooks.Success {
			return fmt.Errorf("%s: %s", argv[0], outcome.Message)
		}
		return nil
	case <-ctx.Done():
		_, _ = call(context.Background(), h, func(l *loop) *errand {
			if l.byPID[e.pid] == e {
				l.killTree("", e.pid, "cannot end the command "+argv[0])
			}
			return e
		})
		return fmt.Errorf("%s: %w", argv[0], ctx.Err())
	}
}

// linger goes on for a while after the end of the pod: it reaps, starts what [Handle.Run]
// is asked for, and tells notes, until Linger's work is done, its time is over, or
// somebody asks for nile's end.
func (l *loop) linger() {
	if l.Linger == nil || l.degraded {
		return
	}
	done := make(chan struct{})
	l.Linger(func() {
		close(done)
		l.Signals.Wake()
	})
	for deadline := time.Now().Add(lastErrands); ; {
		select {
		case <-done:
			return
		default:
		}
		l.killDoomed()
		signal, event := l.Signals.Next(deadline)
		l.reapErrands()
		switch {
		case event == signals.Woken:
			l.takeReports()
		case event == signals.Expired, event == signals.Arrived && asksForTheEnd(signal.Num):
			l.endErrands()
			return
		}
	}
}

func asksForTheEnd(num syscall.Signal) bool { return num == syscall.SIGTERM || num == syscall.SIGINT }

// lastErrands is how long nile's end may be put off.
const lastErrands = 4 * time.Second

// reapErrands reaps, when nothing but commands of nile's own is left.
func (l *loop) reapErrands() {
	l.exits = l.exits[:0]
	l.Kernel.Drain(l.ended)
	for _, e := range l.exits {
		if errand := l.byPID[e.PID]; errand != nil && e.Started {
			l.executed(errand, e)
		}
	}
}

// endErrands ends the commands that are still under way.
func (l *loop) endErrands() {
	for pid, e := range l.byPID {
		if e.ended != nil {
			l.killTree("", pid, "cannot end the "+e.what+" command")
		}
	}
}
