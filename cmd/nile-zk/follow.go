package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nile-init/nile/client"
)

// The waits before nile is looked for again double from the first to the last.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
)

// statusTime is how long nile may take to answer; it takes milliseconds.
const statusTime = 10 * time.Second

// follow hands every status of nile to tell, one for each change, and nil when nile
// doesn't answer any more. It returns when ctx is done.
func follow(ctx context.Context, o *options, tell func(*client.Status)) {
	wait, missing := firstWait, ""
	for {
		err := followOne(ctx, o, func(status *client.Status) {
			if missing != "" {
				say("nile answers")
			}
			wait, missing = firstWait, ""
			tell(status)
		})
		if ctx.Err() != nil {
			return
		}
		tell(nil)
		if text := err.Error(); text != missing {
			say("%s: looking again", text)
			missing = text
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, lastWait)
	}
}

// followOne follows one nile to its end. A connection carries one call at a time, and an
// idle one is hung up on: the events have theirs, and each status gets one.
func followOne(ctx context.Context, o *options, tell func(*client.Status)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := client.Dial(ctx, client.Options{Path: o.control})
	if err != nil {
		return err
	}
	defer events.Close()
	path := events.Peer().Path
	status, err := askStatus(ctx, path)
	if err != nil {
		return err
	}
	if o.container != "" && !has(status, o.container) {
		say("warning: pod %s has no container %q: there will be no node", status.Nile.Pod, o.container)
	}
	tell(status)
	changed, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		arguments := map[string]any{"follow": true, "since": status.Nile.LastEvent}
		err := events.Stream(ctx, "events", arguments, func(json.RawMessage) error {
			select {
			case changed <- struct{}{}:
			default: // several events, one look
			}
			return nil
		})
		if err == nil {
			err = client.ErrEnded
		}
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			return err
		case <-changed:
		}
		if status, err = askStatus(ctx, path); err != nil {
			return err
		}
		tell(status)
	}
}

func askStatus(ctx context.Context, path string) (*client.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	c, err := client.Dial(ctx, client.Options{Path: path})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Status(ctx)
}

func has(status *client.Status, name string) bool {
	for i := range status.Nile.Containers {
		if status.Nile.Containers[i].Name == name {
			return true
		}
	}
	return false
}
