package main

import (
	"context"
	"errors"
	"io"

	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/events"
)

// eventItem is one item of the answer to the verb events: an event, or how many before
// the next one are no longer kept.
type eventItem struct {
	*events.Event
	Lost uint64 `json:"lost,omitempty"`
}

// serveEvents registers the verb events.
func (s *service) serveEvents(server *control.Server) {
	server.Handle("events", func(ctx context.Context, r *control.Request, send func(any) error) (any, error) {
		var arguments struct {
			Since  uint64 `json:"since"`
			Follow bool   `json:"follow"`
			Name   string `json:"name"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		if arguments.Name != "" && !s.has(arguments.Name) {
			return nil, s.unknownContainer(arguments.Name)
		}
		tell := func(list []events.Event, lost uint64) error { return sendEvents(send, list, lost, arguments.Name) }
		if !arguments.Follow {
			return nil, tell(s.events.Since(arguments.Since))
		}
		follower := s.events.Follow(arguments.Since)
		defer follower.Close()
		for {
			list, lost, err := follower.Next(ctx)
			if errors.Is(err, io.EOF) {
				return nil, nil // nile ends
			}
			if err = firstError(err, tell(list, lost)); err != nil {
				return nil, err
			}
		}
	})
}

// sendEvents sends events; with a name only those of one container.
func sendEvents(send func(any) error, list []events.Event, lost uint64, name string) error {
	if lost > 0 {
		if err := send(eventItem{Lost: lost}); err != nil {
			return err
		}
	}
	for i := range list {
		if name != "" && list[i].Name != name {
			continue
		}
		if err := send(eventItem{Event: &list[i]}); err != nil {
			return err
		}
	}
	return nil
}
