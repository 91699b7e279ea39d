package presets

import (
	"errors"
	"strconv"
)

// Debugger says how a debugger is to get into a run.
type Debugger struct {
	Port    int  // of 127.0.0.1, where it listens
	Suspend bool // wait for the debugger before the program's first line
}

// DefaultDebugPort is the port that people expect a runtime's debugger on; 0 where
// there is none.
func DefaultDebugPort(runtime Runtime) int {
	switch runtime {
	case Java:
		return 5005
	case Node:
		return 9229
	case Python:
		return 5678
	case Go, Dotnet, None:
	}
	return 0
}

// Debug returns the variables, NAME=VALUE, that make a run in the environment env listen
// for a debugger, on the loopback interface only: `kubectl port-forward` reaches that,
// the network does not. Where a runtime cannot be told by its environment, the error
// says what to do instead.
func Debug(runtime Runtime, env []string, d Debugger) ([]string, error) {
	port := strconv.Itoa(d.Port)
	switch runtime {
	case Java:
		suspend := "n"
		if d.Suspend {
			suspend = "y"
		}
		// An address without a host is the loopback interface since Java 9, and every
		// interface before.
		option := "-agentlib:jdwp=transport=dt_socket,server=y,suspend=" + suspend + ",address=127.0.0.1:" + port
		return []string{"JAVA_TOOL_OPTIONS=" + after(env, "JAVA_TOOL_OPTIONS", option)}, nil
	case Node:
		option := "--inspect=127.0.0.1:" + port
		if d.Suspend {
			option = "--inspect-brk=127.0.0.1:" + port
		}
		return []string{"NODE_OPTIONS=" + after(env, "NODE_OPTIONS", option)}, nil
	case Python:
		return nil, errors.New("cannot start a debugger in python by its environment: retry with its command, such as: nile retry NAME -- python3 -m debugpy --listen 127.0.0.1:" +
			port + " app.py (debugpy must be installed: pip install debugpy)")
	case Go:
		return nil, errors.New("cannot start a debugger in a Go program by its environment: put dlv into the image and retry with: nile retry NAME -- dlv exec --headless --listen 127.0.0.1:" +
			strconv.Itoa(2345) + " PROGRAM")
	case Dotnet:
		return nil, errors.New("cannot make .NET listen for a debugger by its environment: start vsdbg in the container and attach it to the process")
	case None:
	}
	return nil, errors.New("cannot start a debugger: the command is none of a known runtime: give the container a preset")
}

// after is a variable's value with an option after what it has.
func after(env []string, name, option string) string {
	if old, _ := get(env, name); old != "" {
		return old + " " + option
	}
	return option
}
