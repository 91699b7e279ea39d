package main

import (
	"context"
	"fmt"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/supervisor"
)

// debugging is how a debugger is to get into a run.
type debugging struct {
	Port    int  `json:"port,omitempty"` // 0 for the runtime's usual one
	Suspend bool `json:"suspend,omitempty"`
}

// openDebugger makes the run that is asked for listen for a debugger, where one was
// asked for, and returns what the operator is to know about it.
func (s *service) openDebugger(ctx context.Context, command *supervisor.Command, asked *debugging) (string, error) {
	if asked == nil {
		return "", nil
	}
	if command.Name == "" {
		command.Name = s.onlyHeld(ctx)
	}
	last, ok, err := s.handle.Command(ctx, command.Name)
	if err != nil || !ok {
		return "", err // the machine says what is wrong with the name
	}
	if asked.Port < 0 || asked.Port > 65535 {
		return "", &client.Error{Code: client.CodeInvalid, Message: fmt.Sprintf("cannot listen for a debugger on port %d: use one from 1 to 65535", asked.Port)}
	}
	if command.Override == nil {
		command.Override = &supervisor.Override{}
	}
	argv := last.Argv
	if len(command.Override.Argv) > 0 {
		argv = command.Override.Argv
	}
	runtime := s.runtime(command.Name)
	if runtime == presets.None {
		runtime = presets.Recognise(argv, last.Env, last.Dir)
	}
	port := asked.Port
	if port == 0 {
		port = presets.DefaultDebugPort(runtime)
	}
	option, err := presets.Debug(runtime, argv, last.Env, presets.Debugger{Port: port, Suspend: asked.Suspend})
	if err != nil {
		return "", &client.Error{Code: client.CodeRefused, Message: err.Error()}
	}
	command.Override.Append = append(command.Override.Append, option)
	text := fmt.Sprintf("; a debugger for %s can connect to 127.0.0.1:%d (kubectl port-forward POD %d)", runtime, port, port)
	if asked.Suspend {
		text += ", and the program waits for it"
	}
	return text, nil
}
