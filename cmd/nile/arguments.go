package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nile-init/nile/internal/spelling"
)

// noArguments refuses every argument of a verb.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("cannot understand %q: %s takes no arguments", args[0], cmd.CommandPath())
	}
	return nil
}

// oneAtMost refuses the second argument of a verb, which does its work for one thing.
func oneAtMost(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("cannot understand %q: give one argument at most: %s", args[1], cmd.UseLine())
	}
	return nil
}

// unknownVerb tells what to write instead of a word that is no verb. line is the whole
// command line, without nile's own name, and args what stands there from that word on.
func unknownVerb(root *cobra.Command, line, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := unknownWord(root, args[0])
	if isManifest(args[0]) {
		return &exitError{code: exitOwnFault, err: fmt.Errorf("%s; to run a manifest write: nile run %s", message, args[0])}
	}
	flags := line[:max(len(line)-len(args), 0)]
	command := slices.Concat([]string{"nile"}, flags, []string{"--"}, args)
	return &exitError{code: exitOwnFault, err: fmt.Errorf("%s; to run a command write: %s", message, strings.Join(command, " "))}
}

// unknownWord says that a word is no verb, and which one it nearly is.
func unknownWord(root *cobra.Command, word string) string {
	message := fmt.Sprintf("unknown verb %q", word)
	var verbs []string
	for _, verb := range root.Commands() {
		verbs = append(verbs, verb.Name())
	}
	if near := spelling.Nearest(word, verbs); near != "" {
		message += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return message
}

// isManifest tells whether a word is rather the name of a manifest than that of a program.
func isManifest(word string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(word))
}

// refuseUnknownTopics has `nile help WORD` say so where WORD is no verb. Left to itself cobra
// shows the help of nile, as if that had been asked for.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, verb := range root.Commands() {
		if verb.Name() != "help" {
			continue
		}
		verb.Args = func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == args[0] }) {
				return nil
			}
			return usageErrorf("%s; nile help lists all verbs", unknownWord(root, args[0]))
		}
	}
}

// flagError is what is wrong with a flag, in words for people: not those of Go's packages,
// and with the flag that somebody may have meant.
func flagError(flags *pflag.FlagSet, err error, help string) error {
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if errors.As(err, &invalid) {
		want := ""
		switch kind := invalid.GetFlag().Value.Type(); {
		case strings.HasPrefix(invalid.Unwrap().Error(), "time: "):
			want = "a number with a unit, such as 15s or 1m30s"
		case !errors.As(err, &number):
		case kind == "bool":
			want = "true or false"
		default:
			want = "a whole number"
		}
		if want != "" {
			err = fmt.Errorf("invalid argument %q for --%s: use %s", invalid.GetValue(), invalid.GetFlag().Name, want)
		}
	}
	return fmt.Errorf("%w%s; see %s --help", err, nearFlag(flags, err), help)
}

// nearFlag says which flag somebody may have meant who wrote one that is not there.
func nearFlag(flags *pflag.FlagSet, err error) string {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) || len(missing.GetSpecifiedName()) < 2 {
		return ""
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := spelling.Nearest(missing.GetSpecifiedName(), names); near != "" {
		return fmt.Sprintf(" (did you mean --%s?)", near)
	}
	return ""
}
