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
	"github.com/nile-init/nile/supervisor"
)

// reloadArguments are those of the verb reload.
type reloadArguments struct {
	File   string `json:"file,omitempty"`   // another manifest, an absolute path
	DryRun bool   `json:"dryRun,omitempty"` // only say what would be done
	Wait   bool   `json:"wait,omitempty"`   // answer when it is done
}

// reloadItem is an item of the answer: something that is wrong in the manifest, or a
// container that is waited for.
type reloadItem struct {
	Problem string `json:"problem,omitempty"`
	progressItem
}

// serveReload registers the verb reload.
func (s *service) serveReload(server *control.Server) {
	server.Handle("reload", func(ctx context.Context, r *control.Request, send func(any) error) (any, error) {
		var arguments reloadArguments
		if err := r.Decode(&arguments); err != nil {
			return nil, err
		}
		if arguments.File != "" && arguments.File[0] != '/' {
			return nil, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot read %.256q: name an absolute path", arguments.File)}
		}
		began := time.Now()
		result, err := s.reload(ctx, reloading{file: arguments.File, dryRun: arguments.DryRun})
		if err != nil {
			return nil, s.refuseManifest(err, arguments.DryRun, send)
		}
		if arguments.Wait && !arguments.DryRun {
			err = s.waitReloaded(ctx, result.Changes, began, send)
		}
		return result, err
	})
}

// refuseManifest sends what is wrong in a manifest, and returns the error that sums it up.
func (s *service) refuseManifest(err error, dryRun bool, send func(any) error) error {
	bad := new(badManifest)
	if !errors.As(err, &bad) {
		return err
	}
	if !dryRun {
		s.noteRefused(bad)
	}
	for _, problem := range bad.errors {
		if err := send(reloadItem{Problem: problem}); err != nil {
			return err
		}
	}
	errors := "1 error"
	if len(bad.errors) > 1 {
		errors = fmt.Sprintf("%d errors", len(bad.errors))
	}
	return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("cannot reload %s: it has %s, and nothing has been changed", bad.file, errors)}
}

// waitReloaded waits until what a reload starts runs, and what it removes is gone.
func (s *service) waitReloaded(ctx context.Context, changes []supervisor.Change, began time.Time, send func(any) error) error {
	follower := s.events.Follow(s.events.Last())
	defer follower.Close()
	var told progressItem
	err := s.watchPod(ctx, follower, theReload, func(snapshot *supervisor.Snapshot) (bool, error) {
		waiting, err := firstUnfinished(snapshot, changes, began)
		if err != nil || waiting == nil {
			return true, err
		}
		if now := (progressItem{waiting.Name, waiting.State}); now != told {
			told = now
			err = send(reloadItem{progressItem: now})
		}
		return false, err
	})
	if err != nil {
		return err
	}
	return s.settleReloaded(ctx, follower, changes, began)
}

// theReload is what has been waited for when nile ends meanwhile.
const theReload = "the reload"

// firstUnfinished is the first container with which a reload is not done yet; nil where
// there is none. One that was started and has ended at once is an error.
func firstUnfinished(snapshot *supervisor.Snapshot, changes []supervisor.Change, began time.Time) (*supervisor.ContainerSnapshot, error) {
	judge := starting{began: began}
	for _, change := range changes {
		i := slices.IndexFunc(snapshot.Containers, func(c supervisor.ContainerSnapshot) bool { return c.Name == change.Name })
		if change.Name == "" || i < 0 { // or another reload has removed it since
			continue
		}
		c := &snapshot.Containers[i]
		switch change.Action {
		case supervisor.ChangeStop:
			if change.Note == "" { // or it is kept
				return c, nil
			}
		case supervisor.ChangeStart, supervisor.ChangeRestart:
			if done, err := judge.judge(c); err != nil || !done {
				return c, err
			}
		case supervisor.ChangeUpdate:
		}
	}
	return nil, nil //nolint:nilnil // nothing to wait for is no error
}

// settleReloaded sees whether what has been started stays: many that cannot work end at
// once.
func (s *service) settleReloaded(ctx context.Context, follower *events.Follower, changes []supervisor.Change, began time.Time) error {
	if !slices.ContainsFunc(changes, func(c supervisor.Change) bool {
		return c.Action == supervisor.ChangeStart || c.Action == supervisor.ChangeRestart
	}) {
		return nil
	}
	settled, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		_, _, err := follower.Next(settled)
		switch {
		case errors.Is(err, io.EOF):
			return podEnded(theReload)
		case err != nil:
			return ctx.Err()
		}
		snapshot, err := s.handle.Snapshot(ctx)
		if err != nil {
			return err
		}
		if _, err := firstUnfinished(&snapshot, changes, began); err != nil {
			return err
		}
		for i := range snapshot.Containers {
			c := &snapshot.Containers[i]
			changed := slices.ContainsFunc(changes, func(change supervisor.Change) bool {
				return change.Name == c.Name && change.Action != supervisor.ChangeUpdate
			})
			if changed && c.Last != nil && !c.Last.Started.Before(began) && c.Last.Status.ExitCode() != 0 {
				return endedAtOnce(c)
			}
		}
	}
}
