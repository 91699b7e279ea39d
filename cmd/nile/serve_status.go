package main

import (
	"context"
	"os"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/supervisor"
)

// serveStatus registers the verb status.
func (s *service) serveStatus(server *control.Server) {
	server.Handle("status", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var arguments struct {
			Name string `json:"name"`
		}
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		return s.status(ctx, arguments.Name)
	})
}

// status is the state of the pod; with a name that of one container alone.
func (s *service) status(ctx context.Context, name string) (*client.Status, error) {
	// Before the snapshot: an event that comes in between is then told twice, and
	// not never.
	last := s.events.Last()
	snapshot, err := s.handle.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	status := statusOf(&snapshot)
	status.Nile.LastEvent = last
	if s.crashes != nil {
		status.Nile.Masks = s.crashes.options.masks
	}
	s.addCauses(status)
	if name == "" {
		return status, nil
	}
	for _, c := range status.Nile.Containers {
		if c.Name == name {
			narrow(status, name)
			return status, nil
		}
	}
	return nil, s.unknownContainer(name)
}

// addCauses adds what the reports say of containers that are held.
func (s *service) addCauses(status *client.Status) {
	for i := range status.Nile.Containers {
		c := &status.Nile.Containers[i]
		if c.State != supervisor.Held || c.Last == nil {
			continue
		}
		// Not the report of an earlier run, where this one's is being made.
		if r := s.crashes.report(c.Name); r != nil && r.End.Finished.Equal(c.Last.FinishedAt) {
			c.Cause, c.Frozen = r.Cause.Line, r.Frozen
		}
	}
}

// statusOf makes the status of a snapshot.
func statusOf(snapshot *supervisor.Snapshot) *client.Status {
	status := &client.Status{PodStatus: snapshot.Status()}
	status.Nile = client.NileStatus{
		Pod: snapshot.Name, State: snapshot.State, PID: os.Getpid(), Version: ownBuild().Version, Time: time.Now(),
		HeldBecause: snapshot.HeldBecause, Containers: make([]client.Container, 0, len(snapshot.Containers)),
	}
	if !snapshot.HeldSince.IsZero() {
		status.Nile.HeldSince = &snapshot.HeldSince
	}
	for i := range snapshot.Containers {
		status.Nile.Containers = append(status.Nile.Containers, containerOf(&snapshot.Containers[i]))
	}
	return status
}

func containerOf(c *supervisor.ContainerSnapshot) client.Container {
	one := client.Container{
		Name: c.Name, Role: c.Role, State: c.State, PID: c.PID, Generation: c.Gen, Restarts: c.Restarts,
		Running: c.Running, Started: c.Started, Ready: c.Ready, Backoff: c.Backoff.Seconds(), Trouble: c.Trouble, WaitsFor: c.WaitsFor,
		Last: terminationOf(c.Last), Previous: terminationOf(c.Previous),
		Notify: c.Notice, StatusText: c.Says, Trigger: c.Trigger, Evidence: c.Evidence, Retried: c.Retried, Parked: c.Parked,
	}
	if j := c.Schedule; j != nil {
		one.Schedule = &client.Schedule{Every: j.Every.Seconds(), Runs: j.Runs, Failures: j.Failures, Skipped: j.Skipped}
		if !j.Next.IsZero() {
			one.Schedule.Next = &j.Next
		}
	}
	if !c.StartedAt.IsZero() {
		one.StartedAt = &c.StartedAt
	}
	for i := range c.Watch {
		n := &c.Watch[i]
		w := client.Watch{Paths: n.Paths, Action: n.Action, Changes: n.Changes, Path: n.Path, Failures: n.Failures, Trouble: n.Trouble}
		if n.Changes > 0 {
			w.ChangedAt = &n.At
		}
		one.Watch = append(one.Watch, w)
	}
	return one
}

func terminationOf(t *supervisor.Termination) *client.Termination {
	if t == nil {
		return nil
	}
	ended := &client.Termination{
		ExitCode: t.Status.ExitCode(), Core: t.Status.Core, Reason: t.Reason, Why: t.Why, Message: t.Message,
		StartedAt: t.Started, FinishedAt: t.Finished, Asked: t.Asked,
	}
	if t.Status.Signal != 0 {
		ended.Signal = supervisor.SignalName(t.Status.Signal)
	}
	return ended
}

// narrow leaves one container in a status.
func narrow(status *client.Status, name string) {
	status.InitContainerStatuses = only(status.InitContainerStatuses, func(c supervisor.ContainerStatus) bool { return c.Name == name })
	status.ContainerStatuses = only(status.ContainerStatuses, func(c supervisor.ContainerStatus) bool { return c.Name == name })
	status.Nile.Containers = only(status.Nile.Containers, func(c client.Container) bool { return c.Name == name })
}

func only[T any](list []T, wanted func(T) bool) []T {
	kept := make([]T, 0, 1)
	for _, one := range list {
		if wanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
