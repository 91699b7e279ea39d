package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the width of help texts, in columns: that of a terminal nobody has made
// larger.
const helpWidth = 80

// verbGroups are the verbs as `nile --help` shows them, by what somebody wants to do.
var verbGroups = []struct {
	title string
	verbs []string
}{
	{"Run", []string{"run", "validate", "schema"}},
	{"Look at what runs", []string{"status", "ps", "tree", "top", "logs", "events", "wait", "check"}},
	{"Steer it", []string{"start", "stop", "restart", "reload", "signal"}},
	{"After a crash", []string{"report", "shell", "exec", "toolbox", "retry", "release", "inspect", "core"}},
	{"Others", []string{"cp", "install", "completion", "version"}},
}

// usage writes how a verb is called, below its description: cobra's usage, with groups of
// verbs and within the width.
func usage(cmd *cobra.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s VERB [flags]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	writeVerbs(&b, cmd)
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		title := "Flags"
		if !cmd.HasParent() {
			title = "Flags of nile -- CMD"
		}
		fmt.Fprintf(&b, "\n%s:\n%s", title, flags.FlagUsagesWrapped(helpWidth))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s VERB --help tells more of a verb.\n", cmd.CommandPath())
	}
	_, err := io.WriteString(cmd.OutOrStderr(), b.String())
	return err
}

func writeVerbs(b *strings.Builder, cmd *cobra.Command) {
	verbs := map[string]*cobra.Command{}
	for _, verb := range cmd.Commands() {
		verbs[verb.Name()] = verb
	}
	if len(verbs) == 0 {
		return
	}
	for _, group := range verbGroups {
		fmt.Fprintf(b, "\n%s:\n", group.title)
		for _, name := range group.verbs {
			if verb := verbs[name]; verb != nil {
				fmt.Fprintf(b, "  %-*s %s\n", verb.NamePadding(), name, verb.Short)
			}
		}
	}
}
