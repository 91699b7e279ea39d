package hooks

import (
	"context"
	"fmt"
)

// eventAgent is the name that event hooks go by.
const eventAgent = "nile"

// Get and Post tell somebody of an event by a request; Post has a body, which is JSON.
// A status of 200 to 299 is success, and no redirect is followed.
func Get(ctx context.Context, h *HTTPGet) error { return tellEvent(ctx, h, false, nil) }

// Post is explained at [Get].
func Post(ctx context.Context, h *HTTPGet, body []byte) error { return tellEvent(ctx, h, true, body) }

func tellEvent(ctx context.Context, h *HTTPGet, post bool, body []byte) error {
	t, err := newTarget(h, eventAgent)
	if err == nil {
		err = t.check()
	}
	if err != nil {
		return err
	}
	t.post, t.body = post, body
	a, err := t.exchange(ctx, t.url, t.virtualHost)
	switch {
	case err != nil:
		return fmt.Errorf("cannot reach %s: %w", t.url.Redacted(), err)
	case a.status < 200 || a.status > 299:
		return fmt.Errorf("%s answered with status %d: %.200s", t.url.Redacted(), a.status, a.body)
	}
	return nil
}

// protocols are those that a server may choose from. HTTP/2 is spoken without a body
// only.
func (t *target) protocols() []string {
	if t.post {
		return []string{"http/1.1"}
	}
	return []string{"h2", "http/1.1"}
}
