package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/hooks"
	"github.com/nile-init/nile/internal/eventhooks"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/metrics"
	"github.com/nile-init/nile/internal/secrets"
	"github.com/nile-init/nile/supervisor"
)

// lastEvents is how long nile's end waits for event hooks.
const lastEvents = 2 * time.Second

// newEventHooks begins to take events for the hooks of a manifest; nil where it has none.
func newEventHooks(s *service) *eventhooks.Hooks {
	if s.pod == nil || len(s.pod.EventHooks) == 0 {
		return nil
	}
	o := eventhooks.Options{
		Pod:  s.pod.Name,
		Mask: func(text string) string { return s.mask().Text(text) },
		Tell: func(why string) { s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: why}) },
	}
	o.Container = func(name string) (eventhooks.Container, bool) {
		c := s.now().spec.Container(name)
		if c == nil {
			return eventhooks.Container{}, false
		}
		return eventhooks.Container{Startup: c.Startup != nil, Readiness: c.Readiness != nil, PostStart: c.PostStart != nil, Notify: c.Notify.Kind != ""}, true
	}
	for i := range s.pod.EventHooks {
		hook := &s.pod.EventHooks[i]
		o.Hooks = append(o.Hooks, eventhooks.Hook{
			Name: fmt.Sprintf("event hook %d", i), On: hook.On,
			Deliver: func(ctx context.Context, body []byte) error { return s.deliver(ctx, hook, body) },
		})
	}
	return eventhooks.New(&s.events, o)
}

// deliver tells one hook of one event.
func (s *service) deliver(ctx context.Context, hook *manifest.EventHook, body []byte) error {
	switch {
	case hook.Get != nil:
		return hooks.Get(ctx, requestOf(hook.Get))
	case hook.Post != nil:
		return hooks.Post(ctx, requestOf(hook.Post), body)
	}
	return s.handle.Run(ctx, hook.Exec, append(body, '\n'))
}

func requestOf(h *supervisor.HTTPGet) *hooks.HTTPGet {
	request := &hooks.HTTPGet{Scheme: strings.ToUpper(h.Scheme), Host: h.Host, Port: h.Port, Path: h.Path}
	for _, header := range h.Headers {
		request.Headers = append(request.Headers, hooks.Header(header))
	}
	return request
}

// linger has the hooks told, when the pod has ended, of what is still to come: the
// reports of its last crashes, and its end.
func (s *service) linger(done func()) {
	go func() {
		defer done()
		if s.crashes != nil {
			s.crashes.close(func(n supervisor.Note) { s.handle.Note(n) })
		}
		ctx, cancel := context.WithTimeout(context.Background(), lastEvents)
		defer cancel()
		// What was handed to the loop before has been told once it has answered this.
		_, _ = s.handle.Snapshot(ctx)
		if left := s.hooks.Drain(ctx, s.events.Last()); left > 0 {
			s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: fmt.Sprintf("nile ends, and %d events have not been told to event hooks", left)})
		}
	}()
}

// hookCounts are what the metrics show of the hooks.
func (s *service) hookCounts() (list []metrics.Hook) {
	for _, counts := range s.hooks.Counts() {
		list = append(list, metrics.Hook(counts))
	}
	return list
}

// writeEventHooks prints, for a dry run, who is told of what.
func writeEventHooks(w io.Writer, pod *manifest.Pod, masker *secrets.Masker) {
	for i := range pod.EventHooks {
		hook := &pod.EventHooks[i]
		if i == 0 {
			fmt.Fprint(w, "\nEvent hooks:\n")
		}
		whom := shellWords(masker.Arguments(hook.Exec))
		for method, request := range map[string]*supervisor.HTTPGet{"GET": hook.Get, "POST": hook.Post} {
			if request != nil {
				host := request.Host
				if host == "" {
					host = "127.0.0.1"
				}
				whom = fmt.Sprintf("%s %s://%s%s", method, strings.ToLower(request.Scheme), net.JoinHostPort(host, strconv.Itoa(request.Port)), masker.Text(request.Path))
			}
		}
		fmt.Fprintf(w, "  %s: %s\n", strings.Join(hook.On, ", "), whom)
	}
}
