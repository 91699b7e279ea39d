package main

import (
	"strings"
	"testing"
)

// TestTTYInterruptEndsAHold types ^C while the command that had the terminal is held: it
// has to reach nile.
func TestTTYInterruptEndsAHold(t *testing.T) {
	args := []string{"--hold", "--", "sh", "-c", "exit 7"}
	o := atTerminal(t, "nile", scenario{launch: callers[1].launch, args: args, play: func(p *performance) {
		p.waitFor("; held", 1)
		p.screen.typed(p.t, ctrlC)
		p.waitFor("code ", 1)
		p.line("a line")
	}})
	for _, want := range []string{"code 7\n", "settings intact\n", "the caller is in front\n", "the caller read a line\n"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("not said: %q; on the terminal:\n%s", want, o.stdout)
		}
	}
}
