package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"syscall"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/corefile"
	"github.com/nile-init/nile/internal/inspect"
	"github.com/nile-init/nile/supervisor"
)

// inspection is the result of the verb inspect.
type inspection struct {
	Name   string      `json:"name"`             // of the container
	Frozen bool        `json:"frozen"`           // it stands still at its end
	End    string      `json:"end,omitempty"`    // of a frozen one: how it has ended
	Signal *signalSeen `json:"signal,omitempty"` // of one that a signal has ended, where it was seen
	Thread int         `json:"thread,omitempty"` // of a frozen one: the thread that has ended it
	*inspect.Process
}

// signalSeen is what a siginfo_t says, sigaction(2).
type signalSeen struct {
	Name    string `json:"name"`              // such as SIGSEGV
	Code    int32  `json:"code"`              // si_code
	Address string `json:"address,omitempty"` // of a fault: where
	Sender  int32  `json:"sender,omitempty"`  // of a sent one: the process id
}

// serveInspect registers the verb inspect.
func (s *service) serveInspect(server *control.Server) {
	server.Handle("inspect", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var arguments struct {
			Name string `json:"name"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		name, frozen, err := s.frozen(ctx, arguments.Name)
		if err != nil {
			return nil, err
		}
		result := &inspection{Name: name}
		pid := 0
		if frozen != nil {
			pid, result.Frozen, result.Thread = frozen.PID, true, frozen.Threads[0].TID
			status := supervisor.Status{Code: frozen.Status.ExitStatus()}
			if frozen.Status.Signaled() {
				status = supervisor.Status{Signal: int(frozen.Status.Signal()), Core: frozen.Status.CoreDump()}
				result.Signal = seen(frozen.SignalInfo, status.Signal)
			}
			result.End = status.String()
		} else if pid, err = s.pidOf(ctx, name); err != nil {
			return nil, err
		}
		var masks []string
		if s.crashes != nil {
			masks = s.crashes.options.masks
		}
		err = corefile.AsOwner(pid, func() (err error) {
			result.Process, err = inspect.Take(pid, masks)
			return err
		})
		if result.Process == nil {
			return nil, fmt.Errorf("cannot inspect process %d of %s: %w", pid, name, err)
		}
		return result, nil
	})
}

// pidOf is the process that runs of a container.
func (s *service) pidOf(ctx context.Context, name string) (int, error) {
	snapshot, err := s.handle.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	for i := range snapshot.Containers {
		if c := &snapshot.Containers[i]; c.Name == name && c.PID != 0 {
			return c.PID, nil
		}
	}
	return 0, &client.Error{Code: client.CodeState, Message: fmt.Sprintf(
		"%s has no process: to keep the one that fails, start nile with --hold and --freeze, or set nile.onFailure: Hold and nile.freeze: true", name)}
}

// signalOf is the number of the signal in a siginfo_t.
func signalOf(info []byte) int {
	if len(info) < 32 {
		return 0
	}
	return int(binary.NativeEndian.Uint32(info))
}

// seen reads a siginfo_t of 64-bit machines, if it is that of a signal.
func seen(info []byte, num int) *signalSeen {
	if signalOf(info) != num {
		return nil
	}
	s := &signalSeen{Name: supervisor.SignalName(num), Code: int32(binary.NativeEndian.Uint32(info[8:]))}
	switch fault := syscall.Signal(num); {
	case s.Code <= 0: // SI_USER and its likes
		s.Sender = int32(binary.NativeEndian.Uint32(info[16:]))
	case fault == syscall.SIGSEGV || fault == syscall.SIGBUS || fault == syscall.SIGILL || fault == syscall.SIGFPE || fault == syscall.SIGTRAP:
		s.Address = fmt.Sprintf("%#x", binary.NativeEndian.Uint64(info[16:]))
	}
	return s
}
