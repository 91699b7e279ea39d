package supervisor_test

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// reloadVerb is reload, with the lines of a pod below it, or reload dry-run.
func reloadVerb(s *stage, words, lines []string) error {
	spec, err := parsePod(lines)
	if err != nil {
		return err
	}
	s.commands++
	s.tell(supervisor.Reload{ID: s.commands, Spec: spec, DryRun: len(words) > 0 && words[0] == "dry-run"})
	return nil
}

// renderReloadAction renders what has to do with reloads.
func renderReloadAction(action supervisor.Action) string {
	switch a := action.(type) {
	case supervisor.Reloaded:
		if a.Refusal != "" {
			return fmt.Sprintf("  reload %d: refused (%s): %s", a.ID, a.Refusal, a.Message)
		}
		line := fmt.Sprintf("  reload %d: %s", a.ID, a.Message)
		for _, c := range a.Changes {
			line += fmt.Sprintf("\n      %s %s: %s", c.Action, strings.TrimSpace(string(c.Role)+" "+c.Name), strings.Join(c.Fields, ", "))
			if c.Note != "" {
				line += " (" + c.Note + ")"
			}
		}
		return line
	case supervisor.Define:
		return fmt.Sprintf("  define %s %s", a.Role, a.Container.Name)
	case supervisor.Forget:
		return fmt.Sprintf("  forget %s", a.Name)
	}
	return fmt.Sprintf("  unknown action %T", action)
}
