package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/corefile"
	"github.com/nile-init/nile/internal/loop"
)

// coreResult is the result of the verb core.
type coreResult struct {
	corefile.Summary
	Name    string `json:"name"`    // of the container
	PID     int    `json:"pid"`     // of its process
	Program string `json:"program"` // its file, for a debugger
}

// serveCore registers the verb core. It writes to a file that the client has open, and
// so with no other rights than the client's, and where the client sees it.
func (s *service) serveCore(server *control.Server) {
	busy := make(chan struct{}, 1)
	server.Handle("core", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var arguments struct {
			Name       string `json:"name"`
			Descriptor int    `json:"descriptor"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		name, frozen, err := s.frozen(ctx, arguments.Name)
		if err != nil {
			return nil, err
		}
		if frozen == nil {
			return nil, &client.Error{Code: client.CodeState, Message: fmt.Sprintf(
				"%s has no frozen process: a core can be written of one that has failed and is held, with --hold and --freeze, or nile.onFailure: Hold and nile.freeze: true", name)}
		}
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
		default:
			return nil, &client.Error{Code: client.CodeRefused, Message: "another core is being written: wait until it is done"}
		}
		return s.core(ctx, r.Peer.PID, arguments.Descriptor, name, frozen)
	})
}

func (s *service) core(ctx context.Context, peer, descriptor int, name string, frozen *loop.Frozen) (*coreResult, error) {
	file, err := os.OpenFile("/proc/"+strconv.Itoa(peer)+"/fd/"+strconv.Itoa(descriptor), os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open the client's file: %w: run nile core as the user that nile runs as, with no more capabilities than nile has", cause(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot write the core: the client's file is no regular file")
	}
	result := &coreResult{Name: name, PID: frozen.PID}
	_ = corefile.AsOwner(frozen.PID, func() (err error) {
		result.Program, err = os.Readlink("/proc/" + strconv.Itoa(frozen.PID) + "/exe")
		return err
	})
	summary, err := corefile.Write(ctx, file, frozen.PID, coreEnd(frozen))
	if err != nil {
		return nil, err
	}
	if now, err := s.handle.Frozen(ctx, name); err != nil || now == nil || now.PID != frozen.PID {
		return nil, &client.Error{Code: client.CodeState, Message: name + " was retried or released meanwhile, and the core is not whole"}
	}
	result.Summary = *summary
	return result, nil
}

func coreEnd(f *loop.Frozen) *corefile.End {
	end := &corefile.End{}
	for _, t := range f.Threads {
		end.Threads = append(end.Threads, corefile.Thread(t))
	}
	if f.Status.Signaled() {
		end.Signal = int(f.Status.Signal())
		if signalOf(f.SignalInfo) == end.Signal {
			end.SignalInfo = f.SignalInfo
		}
	}
	return end
}

// frozen finds the container that is meant, and its process if that stands still.
func (s *service) frozen(ctx context.Context, name string) (string, *loop.Frozen, error) {
	if name == "" { // the one that people want to look at
		name = s.onlyHeld(ctx)
	}
	name, err := s.choose(name)
	if err != nil {
		return "", nil, err
	}
	frozen, err := s.handle.Frozen(ctx, name)
	return name, frozen, err
}
