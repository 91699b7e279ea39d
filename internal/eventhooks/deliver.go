package eventhooks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/jsonvalue"
)

// offer gives an event to the hooks that want one of its kinds, once each.
func (h *Hooks) offer(e *events.Event, kinds []string) {
	e.Message = h.options.Mask(e.Message)
	for _, one := range h.hooks {
		for _, kind := range kinds {
			if !slices.Contains(one.On, kind) {
				continue
			}
			body, err := jsonvalue.Marshal(message{kind, h.options.Pod, e})
			if err == nil {
				h.enqueue(one, body)
			}
			break
		}
	}
}

// enqueue adds an event to a queue; where that is full, the oldest goes.
func (h *Hooks) enqueue(one *hook, body []byte) {
	h.mu.Lock()
	tell := false
	if len(one.queue) == MaxQueued {
		one.queue = slices.Delete(one.queue, 0, 1)
		one.counts.Dropped++
		tell, one.late = !one.late, true
	}
	one.queue = append(one.queue, body)
	h.mu.Unlock()
	select {
	case one.ready <- struct{}{}:
	default:
	}
	if tell {
		h.options.Tell(fmt.Sprintf("%s is too slow: %d events wait for it, and the oldest are dropped", one.Name, MaxQueued))
	}
}

// deliver tells one hook what is in its queue.
func (h *Hooks) deliver(ctx context.Context, one *hook) {
	for {
		body := h.next(one)
		if body == nil {
			select {
			case <-one.ready:
			case <-ctx.Done():
				return
			}
			continue
		}
		err := h.guarded(func() error { return h.attempts(ctx, one, body) })
		if ctx.Err() != nil {
			return
		}
		h.mu.Lock()
		one.busy = false
		if err == nil {
			one.counts.Delivered++
		} else {
			one.counts.Failed++
		}
		h.changed.Broadcast()
		h.mu.Unlock()
		if err != nil {
			h.options.Tell(fmt.Sprintf("%s could not be told of an event in %d tries: %s", one.Name, tries, h.options.Mask(err.Error())))
		}
	}
}

// next takes the next event of a queue; nil where there is none.
func (h *Hooks) next(one *hook) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(one.queue) == 0 {
		one.late = false
		return nil
	}
	body := one.queue[0]
	one.queue = slices.Delete(one.queue, 0, 1)
	one.busy = true
	return body
}

// attempts tries to tell of one event until that succeeds, or has been tried often
// enough.
func (h *Hooks) attempts(ctx context.Context, one *hook, body []byte) (err error) {
	wait := firstWait
	for try := 1; ; try++ {
		limited, cancel := context.WithTimeout(ctx, timeout)
		err = one.Deliver(limited, body)
		cancel()
		if err == nil || try == tries {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		wait *= 2
	}
}
