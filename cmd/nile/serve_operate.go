package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/supervisor"
)

// operation are the arguments of the verbs that change something. A verb takes only
// those that it has a use for.
type operation struct {
	Name     string   `json:"name,omitempty"`
	Wait     bool     `json:"wait,omitempty"`     // answer when it is done; not of signal
	Signal   string   `json:"signal,omitempty"`   // of signal: a name or a number
	Code     *int     `json:"code,omitempty"`     // of release
	Command  []string `json:"command,omitempty"`  // of retry: in place of the command
	Args     []string `json:"args,omitempty"`     // of retry: after the arguments
	Env      []string `json:"env,omitempty"`      // of retry: NAME=VALUE
	KeepHeld bool     `json:"keepHeld,omitempty"` // of retry

	Debug *debugging `json:"debug,omitempty"` // of retry: how a debugger is to get in
}

// operated is the result of these verbs.
type operated struct {
	Message   string            `json:"message"`             // for people: what happens, or has happened
	Container *client.Container `json:"container,omitempty"` // as it is now, where that was waited for
}

// serveOperate registers the verbs that change something.
func (s *service) serveOperate(server *control.Server) {
	for _, verb := range []supervisor.Verb{
		supervisor.VerbStart, supervisor.VerbStop, supervisor.VerbRestart,
		supervisor.VerbSignal, supervisor.VerbRetry, supervisor.VerbRelease,
	} {
		server.Handle(string(verb), func(ctx context.Context, r *control.Request, send func(any) error) (any, error) {
			var o operation
			if err := r.Decode(&o); err != nil {
				return nil, err
			}
			command, err := s.commandOf(verb, &o)
			if err != nil {
				return nil, err
			}
			open, err := s.openDebugger(ctx, &command, o.Debug)
			if err != nil {
				return nil, err
			}
			result, err := s.operate(ctx, command, o.Wait, send)
			if err == nil {
				result.Message += open
			}
			return result, err
		})
	}
}

// commandOf checks the arguments of a verb.
func (s *service) commandOf(verb supervisor.Verb, o *operation) (supervisor.Command, error) {
	c := supervisor.Command{Verb: verb, Name: o.Name, Code: o.Code, KeepHeld: o.KeepHeld}
	retried := len(o.Command) > 0 || len(o.Args) > 0 || len(o.Env) > 0
	switch {
	case (retried || o.KeepHeld || o.Debug != nil) && verb != supervisor.VerbRetry, o.Code != nil && verb != supervisor.VerbRelease,
		o.Signal != "" && verb != supervisor.VerbSignal, o.Name != "" && verb == supervisor.VerbRelease:
		return c, &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("one of the arguments is not one of %s", verb)}
	case o.Name != "" && !s.has(o.Name):
		return c, s.unknownContainer(o.Name)
	case o.Name == "" && verb != supervisor.VerbRelease && verb != supervisor.VerbRetry:
		return c, &client.Error{Code: client.CodeInvalid, Message: "name a container: there is " + orList(s.names())}
	}
	if verb == supervisor.VerbSignal {
		num, err := parseSignal(o.Signal)
		if err != nil {
			return c, &client.Error{Code: client.CodeInvalid, Message: err.Error()}
		}
		c.Signal = num
	}
	if retried {
		c.Override = &supervisor.Override{Argv: o.Command, Args: o.Args, Env: o.Env}
	}
	return c, nil
}

// operate gives the machine a command and, where that is wanted, sees what comes of it.
func (s *service) operate(ctx context.Context, command supervisor.Command, wait bool, send func(any) error) (*operated, error) {
	began, since := time.Now(), s.events.Last()
	if command.Verb == supervisor.VerbRetry && command.Name == "" {
		command.Name = s.onlyHeld(ctx)
	}
	reply, err := s.handle.Do(ctx, command)
	if err != nil {
		return nil, err
	}
	if reply.Refusal != "" {
		return nil, &client.Error{Code: client.Code(reply.Refusal), Message: reply.Message}
	}
	result := &operated{Message: reply.Message}
	var judge func(*supervisor.ContainerSnapshot) (bool, error)
	switch command.Verb {
	case supervisor.VerbStop:
		judge = (&waiting{condition: "stopped"}).judge
	case supervisor.VerbStart, supervisor.VerbRestart, supervisor.VerbRetry:
		judge = (&starting{began: began}).judge
	case supervisor.VerbSignal, supervisor.VerbRelease:
	}
	if judge == nil || !wait || command.Name == "" {
		return result, nil
	}
	result.Container, err = s.watch(ctx, command.Name, send, judge)
	var over *client.Error
	if command.Verb == supervisor.VerbStop && errors.As(err, &over) && over.Code == client.CodeEnding {
		err = nil // it is gone, and the pod with it
	}
	if err == nil && command.Verb != supervisor.VerbStop {
		err = s.settle(ctx, result.Container, send)
	}
	if command.Verb == supervisor.VerbRetry && err != nil {
		if how := s.succeeded(command.Name, since, err); how != "" {
			return &operated{Message: how}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	result.Message = command.Name + " is stopped"
	if result.Container != nil && result.Container.WaitsFor != "" {
		result.Message = fmt.Sprintf("%s is started later: it waits for %s", command.Name, result.Container.WaitsFor)
	} else if result.Container != nil && result.Container.Running {
		result.Message = fmt.Sprintf("%s runs as process %d", command.Name, result.Container.PID)
	}
	return result, nil
}

// succeeded says that a retry has ended, with code 0, before it could be seen at work, as a
// command that only looks at something does; empty where that is not what the error means.
func (s *service) succeeded(name string, since uint64, err error) string {
	var failure *client.Error
	if !errors.As(err, &failure) {
		return ""
	}
	list, _ := s.events.Since(since)
	for i := len(list) - 1; i >= 0; i-- {
		if e := &list[i]; e.Name == name && e.ExitCode != nil {
			if *e.ExitCode != 0 {
				return ""
			}
			how := name + " was started and has ended with code 0"
			if failure.Code == client.CodeEnding {
				how += ", and the pod with it"
			}
			return how
		}
	}
	return ""
}

// hasDoneItsPart tells whether a container that is to end has done so, with code 0.
func hasDoneItsPart(c *supervisor.ContainerSnapshot) bool {
	return (c.Role == supervisor.RoleInit || c.Role == supervisor.RoleJob) && c.State == supervisor.Completed
}

// settleTime is how long a new process is watched: many that cannot work end at once.
const settleTime = 250 * time.Millisecond

// settle sees whether a process that has just been started stays.
func (s *service) settle(ctx context.Context, c *client.Container, send func(any) error) error {
	if !c.Running {
		return nil // an init container that is done already
	}
	settled, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	_, err := s.watch(settled, c.Name, send, func(now *supervisor.ContainerSnapshot) (bool, error) {
		switch {
		case now.Gen == c.Generation:
			return false, nil
		case now.Last == nil || hasDoneItsPart(now):
			return true, nil
		}
		return true, endedAtOnce(now)
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	return err
}

// endedAtOnce is the error for a run that has ended as soon as it had begun.
func endedAtOnce(c *supervisor.ContainerSnapshot) *client.Error {
	if c.Last.Why != "" {
		return &client.Error{Code: client.CodeRefused, Message: c.Last.Why}
	}
	return &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf("%s was started and %s", c.Name, c.Last.Status)}
}

// onlyHeld is the one container that is held; empty where the machine is to say what is
// wrong.
func (s *service) onlyHeld(ctx context.Context) string {
	snapshot, err := s.handle.Snapshot(ctx)
	if err != nil {
		return ""
	}
	name := ""
	for i := range snapshot.Containers {
		if snapshot.Containers[i].State != supervisor.Held {
			continue
		}
		if name != "" {
			return ""
		}
		name = snapshot.Containers[i].Name
	}
	return name
}

func (w *waiting) judge(c *supervisor.ContainerSnapshot) (bool, error) { return w.over(c), nil }

// starting is for a new run of a container.
type starting struct{ began time.Time }

// judge tells whether a run has begun since, or waits for a dependency. One that has ended again by then, or could
// not begin, is an error.
func (s *starting) judge(c *supervisor.ContainerSnapshot) (bool, error) {
	fresh := c.Gen > 0 && !c.StartedAt.Before(s.began)
	switch {
	case fresh && c.Running || c.WaitsFor != "":
		return true, nil
	case c.State == supervisor.Starting || c.State == supervisor.Retrying:
		return false, nil
	case c.State == supervisor.Stopped:
		return false, &client.Error{Code: client.CodeState, Message: c.Name + " is stopped: somebody else has asked for that"}
	}
	t := c.Last
	failed := t != nil && !t.Finished.Before(s.began) && (t.Reason == "StartError" || !t.Started.Before(s.began))
	switch {
	case failed && hasDoneItsPart(c):
		return true, nil
	case failed:
		return false, endedAtOnce(c)
	}
	return false, nil
}
