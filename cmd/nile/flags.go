package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/logging"
	"github.com/nile-init/nile/internal/spelling"
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
	return f.Shorthand != "o" && f.Name != "help" && f.Name != "version"
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

// misspeltVariables says which variables of the environment look like one of nile's and are
// none: NILE_HODL=1 would hold nothing, and nobody would know why. known has the flags that
// have been read from the environment; what is far from all of nile's names is somebody
// else's, as Kubernetes' own NILE_SERVICE_HOST of a Service nile.
func misspeltVariables(known *pflag.FlagSet, environ []string) (problems []string) {
	var all []string
	for _, entry := range environ {
		word, value, _ := strings.Cut(entry, "=")
		word, ok := strings.CutPrefix(word, "NILE_")
		if !ok || value == "" || known.Lookup(flagOf(word)) != nil {
			continue
		}
		if all == nil {
			all = allVariables()
		}
		if near := spelling.Nearest(word, all); near != "" && near != word {
			problems = append(problems, fmt.Sprintf("the variable NILE_%s is none of nile's and does nothing (did you mean NILE_%s?)", word, near))
		}
	}
	return problems
}

// flagOf is the flag of a variable without its NILE_.
func flagOf(word string) string { return strings.ToLower(strings.ReplaceAll(word, "_", "-")) }

// allVariables are the names, without NILE_, of the variables that nile or what runs below
// it reads: those of the flags, and those that are told to processes.
func allVariables() []string {
	words := []string{"COOKIE", "CHANGED", "POD_UID"}
	var wrapped wrap
	set := pflag.NewFlagSet("nile", pflag.ContinueOnError)
	wrapped.flags(set)
	for _, flags := range []*pflag.FlagSet{set, newRunCommand().Flags()} {
		flags.VisitAll(func(f *pflag.Flag) {
			if hasVariable(f) {
				words = append(words, strings.TrimPrefix(variable(f.Name), "NILE_"))
			}
		})
	}
	return words
}
