// Package eventhooks tells others what happens in a pod: each event of the kinds that a
// hook wants is handed to a command, or sent over HTTP, as JSON.
//
// A hook gets its events one after the other, in their order. One that fails is tried
// again, for a while; what comes meanwhile waits in a queue of which the oldest are
// dropped and counted. Nothing of this is in the way of the pod: the events come from
// the ring of package events, which nobody can hold up.
package eventhooks

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nile-init/nile/internal/events"
)

// The bounds of what a hook may cost.
const (
	MaxQueued = 100
	tries     = 5
	firstWait = time.Second      // between the first two tries; doubled each time
	timeout   = 10 * time.Second // of one try
)

// Hook is who is to be told.
type Hook struct {
	Name string   // for people
	On   []string // the kinds that are told
	// Deliver tells of one event. It ends when ctx does.
	Deliver func(ctx context.Context, body []byte) error
}

// Options are what Hooks need.
type Options struct {
	Pod   string
	Hooks []Hook
	// Container tells what a container is now, and whether there is one of that name.
	Container func(name string) (Container, bool)
	Mask      func(string) string // for secrets in messages
	// Tell is told of what could not be delivered. It may wait for the event loop.
	Tell func(why string)
}

// Counts say how a hook has fared.
type Counts struct{ Delivered, Failed, Dropped uint64 }

// Hooks tell. A nil Hooks does nothing.
type Hooks struct {
	options Options
	follow  *events.Follower
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	seen    uint64 // the last event that has been looked at
	hooks   []*hook
}

// hook is one hook with its queue.
type hook struct {
	Hook
	queue  [][]byte
	busy   bool
	late   bool // events are being dropped, which has been told
	counts Counts
	ready  chan struct{} // has one element when there is something in the queue
}

// message is the JSON that is handed over: the event as `nile events -o json` shows it,
// with what it is called in on, and the pod.
type message struct {
	Kind string `json:"event"`
	Pod  string `json:"pod"`
	*events.Event
}

// New begins to follow the events of a log; nil where there is no hook.
func New(log *events.Log, o Options) *Hooks {
	if len(o.Hooks) == 0 {
		return nil
	}
	h := &Hooks{options: o, follow: log.Follow(0)}
	h.changed = sync.NewCond(&h.mu)
	for _, one := range o.Hooks {
		h.hooks = append(h.hooks, &hook{Hook: one, ready: make(chan struct{}, 1)})
	}
	return h
}

// Start begins to tell: Deliver and Tell may be called from now on.
func (h *Hooks) Start() {
	if h == nil {
		return
	}
	var ctx context.Context
	ctx, h.cancel = context.WithCancel(context.Background())
	for _, one := range h.hooks {
		h.running.Go(func() { h.deliver(ctx, one) })
	}
	h.running.Go(func() { h.dispatch(ctx) })
}

// Drain waits until all events up to a number have been told, or given up, for as long as
// ctx lives; then it ends the telling and returns how many events were not told.
func (h *Hooks) Drain(ctx context.Context, last uint64) (left int) {
	if h == nil || h.cancel == nil {
		return 0
	}
	stop := context.AfterFunc(ctx, h.changed.Broadcast)
	defer stop()
	h.mu.Lock()
	for ctx.Err() == nil && !h.idle(last) {
		h.changed.Wait()
	}
	for _, one := range h.hooks {
		left += len(one.queue)
		if one.busy {
			left++
		}
	}
	h.mu.Unlock()
	h.cancel()
	h.running.Wait()
	h.follow.Close()
	return left
}

// idle tells whether all up to an event has been told. The lock is held.
func (h *Hooks) idle(last uint64) bool {
	return h.seen >= last && !slices.ContainsFunc(h.hooks, func(one *hook) bool { return one.busy || len(one.queue) > 0 })
}

// Counts are those of each hook, in their order.
func (h *Hooks) Counts() (counts []Counts) {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.hooks {
		counts = append(counts, one.counts)
	}
	return counts
}

// dispatch puts events into the queues of the hooks that want them.
func (h *Hooks) dispatch(ctx context.Context) {
	classifier := newClassifier(h.options.Container)
	for {
		list, _, err := h.follow.Next(ctx)
		for i := range list {
			failure := h.guarded(func() error {
				if kinds := classifier.kinds(&list[i]); len(kinds) > 0 {
					h.offer(&list[i], kinds)
				}
				return nil
			})
			if failure != nil {
				h.options.Tell(failure.Error())
			}
		}
		if len(list) > 0 {
			h.mu.Lock()
			h.seen = list[len(list)-1].Number
			h.changed.Broadcast()
			h.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// guarded makes an error of a panic: nobody may lose more by it than one event.
func (h *Hooks) guarded(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("internal error in event hooks: %v; please report this with the stack: %s", cause, debug.Stack())
		}
	}()
	return do()
}
