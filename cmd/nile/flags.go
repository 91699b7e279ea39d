package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/logging"
)

// Exit codes of nile's own faults, as shells and tini use them.
const (
	exitFailed   = 1   // a verb failed
	exitUsage    = 2   // a verb was called wrongly
	exitOwnFault = 125 // nile could not even begin: bad flag, bad manifest
)

// logOptions are the flags of nile's own log.
type logOptions struct {
	level  string
	format string
}

func (o *logOptions) flags(set *pflag.FlagSet, level string) {
	set.StringVar(&o.level, "log-level", level, "how much nile says on standard error: debug, info, warn, error or off")
	set.StringVar(&o.format, "log-format", string(logging.FormatAuto), "how nile says it: console, json, or auto (console on a terminal)")
}

func (o *logOptions) logger() (*logging.Logger, error) {
	return logging.New(logging.Options{Level: o.level, Format: logging.Format(o.format), Colour: mayColour()})
}

// variable is the environment variable of a flag: NILE_LOG_LEVEL of --log-level.
func variable(flag string) string {
	return "NILE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// hasVariable tells whether a flag has a variable. The format of what one verb prints
// is nobody's setting, and NILE_OUTPUT is that of the containers' output.
func hasVariable(f *pflag.Flag) bool {
	return f.Shorthand != "o" && f.Name != "help"
}

// flagsFromEnvironment sets every flag that the command line doesn't give and
// the environment does. An empty variable counts as not given.
func flagsFromEnvironment(set *pflag.FlagSet, environ []string) error {
	var failed error
	set.VisitAll(func(f *pflag.Flag) {
		if f.Changed || !hasVariable(f) {
			return
		}
		value := lookup(environ, variable(f.Name))
		if value == "" {
			return
		}
		if err := set.Set(f.Name, value); err != nil && failed == nil {
			failed = fmt.Errorf("environment variable %s: %w", variable(f.Name), err)
		}
	})
	return failed
}

func lookup(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
