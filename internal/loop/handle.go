package loop

import (
	"context"
	"errors"
	"fmt"

	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// ErrEnded says that the pod has ended, so that nobody is there to answer.
var ErrEnded = errors.New("the pod has ended")

// Handle is how other goroutines ask the loop and tell it what to do: control socket,
// metrics and reports. All methods may be called by any goroutine but that of the loop
// itself, and wait until the loop comes to it, which is at once unless it is ending.
type Handle struct{ loop *loop }

// Do gives the machine an operator's command and returns its reply; the ID is the
// handle's to choose. The error is that of ctx, or [ErrEnded].
func (h *Handle) Do(ctx context.Context, command supervisor.Command) (supervisor.Reply, error) {
	reply, err := call(ctx, h, func(l *loop) *supervisor.Reply { reply := l.command(command); return &reply })
	if err != nil {
		return supervisor.Reply{}, err
	}
	return *reply, nil
}

// Snapshot returns the state of the pod. The error is that of ctx, or [ErrEnded].
func (h *Handle) Snapshot(ctx context.Context) (supervisor.Snapshot, error) {
	snapshot, err := call(ctx, h, func(l *loop) *supervisor.Snapshot { snapshot := l.machine.Snapshot(); return &snapshot })
	if err != nil {
		return supervisor.Snapshot{}, err
	}
	return *snapshot, nil
}

// Command returns what a container was last started with, or, where it has not been
// started, would be. ok is false where there is no such container.
func (h *Handle) Command(ctx context.Context, name string) (command reaper.Command, ok bool, err error) {
	found, err := call(ctx, h, func(l *loop) *reaper.Command {
		c := l.latest[name]
		if c == nil {
			c = l.commands[name]
		}
		if c == nil {
			return nil
		}
		copied := *c
		return &copied
	})
	if err != nil || found == nil {
		return reaper.Command{}, false, err
	}
	return *found, true, nil
}

// Output is the manager of the containers' output.
func (h *Handle) Output() *output.Manager { return h.loop.output }

// Note has the loop tell a note, in its turn, like those of the machine. It returns
// false, and nobody is told, if the pod has ended.
func (h *Handle) Note(note supervisor.Note) bool { return h.loop.sendNote(note) }

// Tell gives the machine an event that comes from beside the loop. The error is that of
// ctx, or [ErrEnded].
func (h *Handle) Tell(ctx context.Context, event supervisor.Event) error {
	_, err := call(ctx, h, func(l *loop) *supervisor.Reply {
		if !l.degraded {
			l.tell(event)
		}
		return &l.reply
	})
	return err
}

// call has the loop call do and waits for what it returns. The loop may come to it after
// the caller has given up. Pointers share their code: each other type would be a
// kilobyte more.
func call[T any](ctx context.Context, h *Handle, do func(*loop) *T) (answer *T, err error) {
	answers := make(chan *T, 1)
	select {
	case h.loop.reports <- report{call: func() { answers <- do(h.loop) }}:
		h.loop.Signals.Wake()
	case <-h.loop.over:
		return answer, ErrEnded
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	select {
	case answer = <-answers:
		return answer, nil
	case <-h.loop.over:
		select {
		case answer = <-answers: // the last thing that the loop has done
			return answer, nil
		default:
			return answer, ErrEnded
		}
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// command gives the machine a command. It answers in the same step.
func (l *loop) command(c supervisor.Command) supervisor.Reply {
	l.lastCommand++
	c.ID = l.lastCommand
	l.reply, l.unsent = supervisor.Reply{}, ""
	if !l.degraded {
		l.tell(c)
	}
	if l.reply.ID != c.ID {
		return supervisor.Reply{ID: c.ID, Refusal: supervisor.RefusedEnding, Message: fmt.Sprintf(
			"cannot %s anything: nile is ending, or goes on as a plain init after an internal error", c.Verb)}
	}
	if c.Verb == supervisor.VerbSignal && l.reply.Refusal == "" {
		if l.killDoomed(); l.unsent != "" {
			return supervisor.Reply{ID: c.ID, Refusal: supervisor.RefusedSystem, Message: l.unsent}
		}
	}
	return l.reply
}
