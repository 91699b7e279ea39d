package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/nile-init/nile/client"
)

// clearScreen moves the cursor home and clears the screen below it, ECMA-48.
const clearScreen = "\x1b[H\x1b[J"

// watchTick is how often a screen shows how the time goes by.
const watchTick = time.Second

// watchStatus calls show with the state of the pod now and whenever something has
// happened, until nile ends. On a terminal each is drawn over the one before, and anew
// every second; elsewhere they follow each other, and one that looks like the one
// before is left out.
func watchStatus(control *controlValue, out io.Writer, ask func(*client.Client) (*client.Status, error), show func(io.Writer, *client.Status) error) error {
	asked, err := control.dial(context.Background())
	if err != nil {
		return err
	}
	defer asked.Close()
	// Of the same nile, on a connection of its own.
	same := controlValue(asked.Peer().Path)
	follower, err := same.dial(context.Background())
	if err != nil {
		return err
	}
	defer follower.Close()
	news := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() { ended <- followEvents(follower, news) }()
	screen := isTerminal(out)
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	var last []byte
	for {
		status, err := ask(asked)
		if errors.Is(err, client.ErrEnded) || isEnding(err) {
			return nil
		}
		if err != nil {
			return asVerbError(err)
		}
		var page bytes.Buffer
		if err := show(&page, status); err != nil {
			return failed(err)
		}
		if err := writePage(out, page.Bytes(), last, screen); err != nil {
			return failed(err)
		}
		last = page.Bytes()
		for waiting := true; waiting; {
			select {
			case <-news:
				waiting = false
			case <-tick.C:
				waiting = !screen
			case err := <-ended:
				return asVerbError(err)
			}
		}
	}
}

// writePage shows a page, after the last one.
func writePage(out io.Writer, page, last []byte, screen bool) error {
	switch {
	case screen:
		page = append([]byte(clearScreen), page...)
	case bytes.Equal(page, last):
		return nil
	case last != nil:
		page = append([]byte("\n"), page...)
	}
	_, err := out.Write(page)
	return err
}

// followEvents tells that there is news whenever there is, until nile ends.
func followEvents(nile *client.Client, news chan<- struct{}) error {
	arguments := struct {
		Follow bool `json:"follow"`
	}{true}
	err := nile.Stream(context.Background(), "events", arguments, func(json.RawMessage) error {
		select {
		case news <- struct{}{}:
		default:
		}
		return nil
	})
	if errors.Is(err, client.ErrEnded) {
		return nil
	}
	return err
}

// isEnding tells whether nile has answered that it is ending.
func isEnding(err error) bool {
	var refusal *client.Error
	return errors.As(err, &refusal) && refusal.Code == client.CodeEnding
}
