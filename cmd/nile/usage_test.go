package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func TestHelpFitsATerminal(t *testing.T) {
	root := newRootCommand()
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		for _, line := range strings.Split(cmd.Long+"\n"+cmd.UsageString(), "\n") {
			if n := utf8.RuneCountInString(line); n > helpWidth {
				t.Errorf("%s --help: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
	}
}

func TestHelpShowsEveryVerb(t *testing.T) {
	root := newRootCommand()
	help := root.UsageString()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" || cmd.Hidden {
			continue
		}
		if strings.Count(help, "\n  "+cmd.Name()+" ") != 1 {
			t.Errorf("nile --help does not show %s once: it has to stand in a group of usage.go", cmd.Name())
		}
	}
	if !strings.Contains(help, "--hold-for") || !strings.Contains(help, "After a crash:") {
		t.Errorf("nile --help shows no flags, or no groups:\n%s", help)
	}
}
