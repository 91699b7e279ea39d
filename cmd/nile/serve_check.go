package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/supervisor"
)

// checks are what the verb check can be asked.
var checks = []string{"live", "ready", "started"}

// checked is the result of the verb check.
type checked struct {
	OK      bool   `json:"ok"`
	Message string `json:"message"` // for people
}

// serveCheck registers the verb check.
func (s *service) serveCheck(server *control.Server) {
	server.Handle("check", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var arguments struct {
			What string `json:"what"`
			Name string `json:"name"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		if !slices.Contains(checks, arguments.What) {
			return nil, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot check %.64q: use %s", arguments.What, orList(checks))}
		}
		snapshot, err := s.handle.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		if arguments.Name == "" {
			return checkPod(&snapshot, arguments.What), nil
		}
		for i := range snapshot.Containers {
			if c := &snapshot.Containers[i]; c.Name == arguments.Name {
				return checkContainer(c, arguments.What), nil
			}
		}
		return nil, s.unknownContainer(arguments.Name)
	})
}

// checkPod checks the whole pod. It is live as long as nile answers, also while it is
// held: the kubelet must not end what people are looking at. It is ready and started
// when its sidecars and mains all are.
func checkPod(snapshot *supervisor.Snapshot, what string) checked {
	switch {
	case what == "live":
		return checked{true, fmt.Sprintf("the pod is %s", snapshot.State)}
	case snapshot.State == supervisor.PodHeld:
		return checked{what == "started", "the pod is held: " + snapshot.HeldBecause}
	case what == "ready" && snapshot.State == supervisor.PodStopping:
		return checked{false, "the pod is stopping"}
	}
	for i := range snapshot.Containers {
		c := &snapshot.Containers[i]
		if c.Role == supervisor.RoleJob {
			continue // nothing to the pod
		}
		if one := checkContainer(c, what); !one.OK {
			return one
		}
	}
	return checked{true, "the pod is " + what}
}

// checkContainer checks one container: it is live while its process runs, and where it
// does not run and need not.
func checkContainer(c *supervisor.ContainerSnapshot, what string) checked {
	done := c.State == supervisor.Completed
	ok := false
	switch what {
	case "live":
		ok = c.Running || done || c.State == supervisor.Held || c.State == supervisor.Stopped
	case "ready":
		ok = c.Ready || done && c.Role != supervisor.RoleSidecar
	case "started":
		ok = c.Started || done
	}
	if ok {
		return checked{true, fmt.Sprintf("%s is %s", c.Name, what)}
	}
	return checked{false, fmt.Sprintf("%s is not %s: it is %s", c.Name, what, c.State)}
}
