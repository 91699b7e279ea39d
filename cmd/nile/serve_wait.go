package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/supervisor"
)

// waitConditions are what the verb wait can wait for.
var waitConditions = []string{"ready", "started", "running", "exited", "held", "stopped"}

// serveWait registers the verb wait.
func (s *service) serveWait(server *control.Server) {
	server.Handle("wait", func(ctx context.Context, r *control.Request, send func(any) error) (any, error) {
		var arguments struct {
			Name string `json:"name"`
			For  string `json:"for"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		name := ""
		if arguments.For != "held" || arguments.Name != "" { // a hold is the pod's: whichever container failed
			var err error
			if name, err = s.choose(arguments.Name); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(waitConditions, arguments.For) {
			return nil, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot wait for %.64q: use %s", arguments.For, orList(waitConditions))}
		}
		w := &waiting{condition: arguments.For}
		return s.watch(ctx, name, send, func(c *supervisor.ContainerSnapshot) (bool, error) { return w.over(c), nil })
	})
}

// waiting is for a condition of a container.
type waiting struct {
	condition string
	begun     bool
	lastEnd   time.Time // of the container's last run when the waiting began
}

// over tells whether the container is as it is to be. Of a plain init container that
// has succeeded "started" is true as well.
func (w *waiting) over(c *supervisor.ContainerSnapshot) bool {
	var lastEnd time.Time
	if c.Last != nil {
		lastEnd = c.Last.Finished
	}
	if !w.begun {
		w.begun, w.lastEnd = true, lastEnd
	}
	switch w.condition {
	case "ready":
		return c.Ready
	case "started":
		return c.Started || c.Role == supervisor.RoleInit && c.State == supervisor.Completed
	case "running":
		return c.State == supervisor.Running // and is not being stopped
	case "exited":
		return c.Last != nil && (!c.Running || !lastEnd.Equal(w.lastEnd))
	case "held":
		return c.State == supervisor.Held
	case "stopped":
		return c.State == supervisor.Stopped || c.State == supervisor.Completed || c.State == supervisor.Failed
	}
	return false
}

// progressItem is an item of the answer to a verb that waits: the state that the
// container is in.
type progressItem struct {
	Name  string           `json:"name"`
	State supervisor.State `json:"state"`
}

// watch looks at a container whenever something has happened, until enough says that
// it has seen enough. Each state is sent as an item. Without a name it is the first that
// is held. When nile ends meanwhile, the error is one with [client.CodeEnding].
func (s *service) watch(ctx context.Context, name string, send func(any) error, enough func(*supervisor.ContainerSnapshot) (bool, error)) (*client.Container, error) {
	follower := s.events.Follow(s.events.Last())
	defer follower.Close()
	var seen *client.Container
	var told supervisor.State
	err := s.watchPod(ctx, follower, name, func(snapshot *supervisor.Snapshot) (bool, error) {
		i := slices.IndexFunc(snapshot.Containers, func(c supervisor.ContainerSnapshot) bool {
			return c.Name == name || name == "" && c.State == supervisor.Held
		})
		if i < 0 {
			return false, nil
		}
		c := &snapshot.Containers[i]
		done, err := enough(c)
		if done || err != nil {
			one := containerOf(c)
			seen = &one
		} else if c.State != told {
			told = c.State
			err = send(progressItem{name, told})
		}
		return done, err
	})
	return seen, err
}

// watchPod looks at the pod whenever something has happened, until enough says that it has
// seen enough. When nile ends meanwhile, the error is one with [client.CodeEnding] that says
// what was waited for.
func (s *service) watchPod(ctx context.Context, follower *events.Follower, what string, enough func(*supervisor.Snapshot) (bool, error)) error {
	for {
		snapshot, err := s.handle.Snapshot(ctx)
		if errors.Is(err, loop.ErrEnded) {
			return podEnded(what)
		}
		if err != nil {
			return err
		}
		if done, err := enough(&snapshot); done || err != nil {
			return err
		}
		if _, _, err := follower.Next(ctx); errors.Is(err, io.EOF) {
			return podEnded(what)
		} else if err != nil {
			return err
		}
	}
}

func podEnded(name string) *client.Error {
	if name == "" {
		name = "a hold"
	}
	return &client.Error{Code: client.CodeEnding, Message: fmt.Sprintf("the pod has ended while %s was waited for", name)}
}

// choose is the container that a request means: the named one or, without a name, the
// only main.
func (s *service) choose(name string) (string, error) {
	spec := s.now().spec
	switch {
	case s.has(name):
		return name, nil
	case name != "":
		return "", s.unknownContainer(name)
	case len(spec.Main) == 1:
		return spec.Main[0].Name, nil
	}
	return "", &client.Error{Code: client.CodeInvalid, Message: "name a container: there is " + orList(s.names())}
}
