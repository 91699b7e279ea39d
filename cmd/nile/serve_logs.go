package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/supervisor"
)

// serveLogs registers the verb logs.
func (s *service) serveLogs(server *control.Server) {
	server.Handle("logs", func(ctx context.Context, r *control.Request, send func(any) error) (any, error) {
		var o client.LogOptions
		if err := r.Decode(&o); err != nil {
			return nil, err
		}
		container, err := s.logsOf(&o)
		if err != nil {
			return nil, err
		}
		if o.Stream != "" && !isInherited(container) && s.handle.Output().Merges(loop.OutputConfig(container)) {
			return nil, &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("cannot tell the streams of %s apart: they lead to the same place "+
				"and share a pipe, so that their order is kept: leave --stream out", o.Name)}
		}
		piece := func(p client.LogPiece) error { return send(p) }
		if o.Follow {
			return nil, s.followLogs(ctx, container, &o, piece)
		}
		tail, known := s.handle.Output().Tail(o.Name, o.Previous)
		if !known {
			return nil, nothingKept(container, o.Previous)
		}
		return nil, sendTail(tail, &o, piece)
	})
}

// logsOf checks what is asked for, and fills in the container where there is but one
// main.
func (s *service) logsOf(o *client.LogOptions) (*supervisor.Container, error) {
	invalid := func(format string, args ...any) error {
		return &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf(format, args...)}
	}
	spec := s.now().spec
	switch {
	case o.Follow && o.Previous:
		return nil, invalid("cannot follow a run that is over: use --follow or --previous, not both")
	case o.Tail != nil && *o.Tail < 0:
		return nil, invalid("cannot show the last %d lines: the number must be 0 at least", *o.Tail)
	case o.Stream != "" && o.Stream != output.Stdout.String() && o.Stream != output.Stderr.String():
		return nil, invalid("there is no stream %.64q: use stdout or stderr", o.Stream)
	case o.Name == "" && len(spec.Main) > 1:
		return nil, invalid("cannot choose one of several containers: name one of %s", strings.Join(s.names(), ", "))
	case o.Name == "":
		o.Name = spec.Main[0].Name
	}
	if c := spec.Container(o.Name); c != nil {
		return c, nil
	}
	return nil, s.unknownContainer(o.Name)
}

// nothingKept says why there is no output to show, and what helps.
func nothingKept(c *supervisor.Container, previous bool) error {
	switch {
	case isInherited(c):
		return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("cannot show the output of %s: it goes straight to nile's own, "+
			"which the container's log has (kubectl logs, docker logs): to have nile keep its end too, start nile with --hold or "+
			"--output=prefix, or give the container an output mode in the manifest", c.Name)}
	case previous:
		return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("cannot show the previous output of %s: it has run only once, or never", c.Name)}
	}
	return &client.Error{Code: client.CodeState, Message: fmt.Sprintf("cannot show the output of %s: it has not been started yet: --follow waits for it", c.Name)}
}

// isInherited reports whether nile sees nothing of a container's output.
func isInherited(c *supervisor.Container) bool {
	config := loop.OutputConfig(c)
	return config.IsInherited()
}

// sendTail sends what is kept of a run, or the end of that.
func sendTail(tail output.Tail, o *client.LogOptions, send func(client.LogPiece) error) error {
	var pieces []output.Piece
	for _, p := range tail.Pieces {
		if o.Stream == "" || o.Stream == p.Stream.String() {
			pieces = append(pieces, p)
		}
	}
	if o.Tail != nil {
		pieces = lastLines(pieces, *o.Tail)
	}
	for _, p := range pieces {
		for data := range chunks(p.Data) {
			if err := send(client.LogPiece{Stream: streamName(p.Stream, tail.Merged), Generation: tail.Gen, Data: data}); err != nil {
				return err
			}
		}
	}
	return nil
}

// streamName is a stream's name, where it is known.
func streamName(stream output.Stream, merged bool) string {
	if merged {
		return ""
	}
	return stream.String()
}

// largestPiece is how much is sent in one item.
const largestPiece = 32 << 10

// chunks cuts text into pieces that can be sent.
func chunks(data []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			n := min(len(data), largestPiece)
			if !yield(data[:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// lastLines leaves the last lines of pieces. An unfinished one at the end counts.
func lastLines(pieces []output.Piece, lines int) []output.Piece {
	if lines == 0 {
		return nil
	}
	pieces = slices.Clone(pieces)
	ends := 0
	for i := len(pieces) - 1; i >= 0; i-- {
		data := pieces[i].Data
		end := len(data)
		if i == len(pieces)-1 && data[end-1] == '\n' {
			end-- // it ends the last line and begins none
		}
		for end > 0 {
			at := bytes.LastIndexByte(data[:end], '\n')
			if at < 0 {
				break
			}
			if ends++; ends == lines {
				if pieces[i].Data = data[at+1:]; len(pieces[i].Data) == 0 {
					i++
				}
				return pieces[i:]
			}
			end = at
		}
	}
	return pieces
}

// followLogs sends what is kept of the present run and all that comes, until the
// container has ended for good or nile ends.
func (s *service) followLogs(ctx context.Context, c *supervisor.Container, o *client.LogOptions, send func(client.LogPiece) error) error {
	if isInherited(c) {
		return nothingKept(c, false)
	}
	manager := s.handle.Output()
	happening := s.events.Follow(s.events.Last())
	defer happening.Close()
	news := newLogBuffer(o.Stream)
	tail, stop := manager.Follow(o.Name, news.add)
	defer stop()
	if err := sendTail(tail, o, send); err != nil {
		return err
	}
	over := make(chan struct{})
	go s.awaitEnd(ctx, o.Name, happening, over)
	for {
		select {
		case <-news.ready:
		case <-over:
			// What was printed by the end has been read before the end was told.
			stop()
			return news.flush(send)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := news.flush(send); err != nil {
			return err
		}
	}
}

// awaitEnd closes over when a container has ended for good, or nile is done.
func (s *service) awaitEnd(ctx context.Context, name string, happening *events.Follower, over chan<- struct{}) {
	defer close(over)
	for look := true; ; {
		if look {
			// An error says that the pod has ended; what is left of the output is
			// read by the end of the events.
			if snapshot, err := s.handle.Snapshot(ctx); err == nil && hasEnded(&snapshot, name) {
				return
			}
		}
		list, lost, err := happening.Next(ctx)
		if err != nil {
			return
		}
		look = lost > 0
		for i := range list {
			look = look || list[i].Name == name && list[i].Changed()
		}
	}
}

// hasEnded reports whether a container has ended and will not be started again unless
// somebody asks for it.
func hasEnded(snapshot *supervisor.Snapshot, name string) bool {
	for i := range snapshot.Containers {
		if c := &snapshot.Containers[i]; c.Name == name {
			return c.State == supervisor.Completed || c.State == supervisor.Failed
		}
	}
	return true
}
