package presets

import (
	"errors"
	"strconv"

	"github.com/nile-init/nile/internal/ascii"
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

// Debug returns a variable, NAME=OPTION, whose option, behind what the variable has,
// makes a run of argv in the environment env listen for a debugger, on the loopback
// interface only: `kubectl port-forward` reaches that, the network does not. Where a
// runtime cannot be told by its environment, the error says what to do instead.
func Debug(runtime Runtime, argv, env []string, d Debugger) (string, error) {
	port := strconv.Itoa(d.Port)
	switch runtime {
	case Java:
		if listens(argv, env, "JAVA_TOOL_OPTIONS", "jdwp") {
			return "", errors.New("cannot start a debugger: the options of java have one (jdwp) already: use that, or retry without it")
		}
		suspend := "n"
		if d.Suspend {
			suspend = "y"
		}
		// An address without a host is every interface before Java 9.
		return "JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,suspend=" + suspend + ",address=127.0.0.1:" + port, nil
	case Node:
		if listens(argv, env, "NODE_OPTIONS", "--inspect") {
			return "", errors.New("cannot start a debugger: the options of node have one (--inspect) already: use that, or retry without it")
		}
		if d.Suspend {
			return "NODE_OPTIONS=--inspect-brk=127.0.0.1:" + port, nil
		}
		return "NODE_OPTIONS=--inspect=127.0.0.1:" + port, nil
	case Python:
		return "", errors.New("cannot start a debugger in python by its environment: where debugpy is installed (pip install debugpy), retry with: nile retry -- python3 -m debugpy --listen 127.0.0.1:" +
			port + " " + script(argv))
	case Go:
		return "", errors.New("cannot start a debugger in a Go program by its environment: put dlv into the image, and retry with: nile retry -- dlv exec --headless --accept-multiclient --listen 127.0.0.1:2345 " +
			script(argv))
	case Dotnet:
		return "", errors.New("cannot make .NET listen for a debugger by its environment: start vsdbg in the container, and attach it to the process")
	case None:
	}
	return "", errors.New("cannot start a debugger: the command is none of a known runtime: give the container a preset")
}

// listens says whether the user has asked for a debugger himself.
func listens(argv, env []string, variable, option string) bool {
	value, _ := get(env, variable)
	return ascii.Contains(value, option) || ascii.Contains(ascii.Join(argv, " "), option)
}

// script is a command as an operator would type it, without the interpreter.
func script(argv []string) string {
	argv = Program(argv)
	if len(argv) > 1 && byName(argv[0]) == Python {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		return "PROGRAM"
	}
	return joinJava(argv)
}

// WithoutDebugger returns the environment of a run for others that are started beside
// it: an option by which the run listens for a debugger is taken out, since each of them
// would find the port taken, and a JVM then ends.
func WithoutDebugger(env []string) []string {
	for name, option := range map[string]string{"JAVA_TOOL_OPTIONS": "-agentlib:jdwp=", "NODE_OPTIONS": "--inspect"} {
		value, found := get(env, name)
		if !found || !ascii.Contains(value, option) {
			continue
		}
		var kept []string
		for word := range ascii.Split(value, ' ') {
			if !ascii.HasPrefix(word, option) {
				kept = append(kept, word)
			}
		}
		env = with(env, name, ascii.Join(kept, " "))
	}
	return env
}
