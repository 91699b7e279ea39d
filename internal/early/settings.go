package early

import (
	"strconv"

	"github.com/nile-init/nile/internal/ascii"
)

// CommandLine is what the initialisation reads of a command line by itself.
type CommandLine struct {
	Argv []string // the command
	Hold bool     // it is kept as it ended when it fails

	StateDir string // where evidence goes; empty for the default
}

// Read reads the command line of a command that can be started early: `nile -- CMD
// [ARG…]`, with flags and variables that change nothing about how CMD is started. ok is
// false of every other one, and where a value might be one that nile refuses: CMD must
// not run then.
func Read(args, environ []string) (line CommandLine, ok bool) {
	if len(args) < 3 || Name(args[0]) != "nile" {
		return line, false
	}
	var given settings
	if !given.variables(environ) {
		return line, false
	}
	rest, ok := given.flags(args[1:])
	if !ok || len(rest) == 0 {
		return line, false
	}
	return CommandLine{Argv: rest, Hold: given.held(), StateDir: given.stateDir}, true
}

// settings are those that decide something here.
type settings struct {
	hold, noHold  bool // as they were given
	afterRestarts bool
	stateDir      string
}

func (s *settings) held() bool { return s.hold || s.afterRestarts && !s.noHold }

// variables takes those of the environment. One that is empty counts as not set.
func (s *settings) variables(environ []string) bool {
	for _, entry := range environ {
		variable, found := ascii.CutPrefix(entry, "NILE_")
		if !found {
			continue
		}
		variable, value, _ := ascii.Cut(variable, "=")
		if value != "" && !s.set(ascii.ToLower(ascii.ReplaceAll(variable, "_", "-")), value) {
			return false
		}
	}
	return true
}

// flags takes the flags before "--", which go before the variables, and returns what
// follows it.
func (s *settings) flags(args []string) (rest []string, ok bool) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return args[i+1:], true
		}
		name, found := ascii.CutPrefix(args[i], "--")
		if !found {
			return nil, false
		}
		name, value, given := ascii.Cut(name, "=")
		switch {
		case given:
		case name == "hold":
			value = "true"
		default:
			if i++; i == len(args) {
				return nil, false
			}
			value = args[i]
		}
		if !s.set(name, value) {
			return nil, false
		}
	}
	return nil, false
}

// set takes one setting, if it is one of those and its value is a good one for
// certain.
func (s *settings) set(name, value string) bool {
	switch name {
	case "hold":
		on, err := strconv.ParseBool(value)
		s.hold, s.noHold = on, !on
		return err == nil
	case "hold-after-restarts":
		n, err := strconv.ParseUint(value, 10, 16)
		s.afterRestarts = n > 0
		return err == nil
	case "hold-for":
		return isLengthOfTime(value)
	case "hold-sidecars":
		return value == "Continue" || value == "Stop"
	case "mask":
		return true
	case "state-dir":
		s.stateDir = value
		return ascii.HasPrefix(value, "/")
	case "control":
		return value == "off" || ascii.HasPrefix(value, "/")
	case "hold-answers":
		for answer := range ascii.Split(value, ',') {
			port, _, _ := ascii.Cut(answer, "/")
			if !isPort(":" + port) {
				return false
			}
		}
		return true
	case "listen":
		return value == "off" || isPort(value)
	case "log-level":
		switch value {
		case "debug", "info", "warn", "error", "off":
			return true
		}
	case "log-format":
		switch value {
		case "console", "json", "auto":
			return true
		}
	}
	return false
}

// isPort knows addresses without a host.
func isPort(value string) bool {
	number, ok := ascii.CutPrefix(value, ":")
	port, err := strconv.ParseUint(number, 10, 16)
	return ok && err == nil && port > 0
}

// isLengthOfTime knows the plain ones: a number and a unit.
func isLengthOfTime(value string) bool {
	number := ascii.TrimRight(value, "smh")
	switch value[len(number):] {
	case "ms", "s", "m", "h":
	default:
		return false
	}
	_, err := strconv.ParseUint(number, 10, 16)
	return err == nil
}
