package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// reference is docs/reference/cli.md, made from the verbs themselves.
func reference() []byte {
	var b bytes.Buffer
	b.WriteString("# nile on the command line\n\n<!-- Made from the program: make docs. -->\n")
	root := newRootCommand()
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Hidden || cmd.Name() == "help" {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n    %s\n\n%s\n", cmd.CommandPath(), cmd.Short, cmd.UseLine(), cmd.Long)
		if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
			b.WriteString("\n| flag | default | meaning |\n|---|---|---|\n")
			flags.VisitAll(func(f *pflag.Flag) {
				if f.Name == "help" || f.Hidden {
					return
				}
				name := "--" + f.Name
				if f.Shorthand != "" {
					name = "-" + f.Shorthand + ", " + name
				}
				fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", name, f.DefValue, strings.ReplaceAll(f.Usage, "|", "\\|"))
			})
		}
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\nExamples:\n\n%s\n", indent(cmd.Example))
		}
	}
	return b.Bytes()
}

func indent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = "    " + strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

func TestReferenceIsWhatTheProgramSays(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "reference", "cli.md")
	want := reference()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from the program: run make docs", file)
	}
}

func TestEveryVerbAndFlagIsExplained(t *testing.T) {
	root := newRootCommand()
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Name() == "help" {
			continue
		}
		if cmd.Short == "" || cmd.Long == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: wants a summary without a full stop and a description", cmd.CommandPath())
		}
		if strings.Count(strings.TrimSpace(cmd.Example), "\n") < 1 {
			t.Errorf("%s: wants two examples", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s: has no help", cmd.CommandPath(), f.Name)
			}
		})
	}
}
