package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// givenBack are the last words of a shell with job control that has its terminal back.
var givenBack = []string{"settings intact\n", "the caller is in front\n", "the caller read a line\n"}

// TestTTYInterruptEndsAHold types ^C while the command that had the terminal is held: it
// has to reach nile.
func TestTTYInterruptEndsAHold(t *testing.T) {
	args := []string{"--hold", "--", "sh", "-c", "exit 7"}
	o := atTerminal(t, "nile", scenario{launch: callers[1].launch, args: args, play: func(p *performance) {
		p.waitFor("; held", 1)
		p.screen.typed(p.t, ctrlC)
		p.waitFor("code 7\n", 2) // nile says it, then the caller
		p.line("a line")
	}})
	for _, want := range append(givenBack, "code 7\n") {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("not said: %q; on the terminal:\n%s", want, o.stdout)
		}
	}
}

// TestTTYIsLentToARetry tries a held command again: it has the terminal once more, and ^C
// ends it without another hold.
func TestTTYIsLentToARetry(t *testing.T) {
	control := "NILE_CONTROL=" + filepath.Join(t.TempDir(), "control")
	args := []string{"--hold", "--", "sh", "-c", `test -n "$FIX" && exec cat; exit 7`}
	o := atTerminal(t, "nile", scenario{launch: callers[1].launch, args: args, env: []string{control}, play: func(p *performance) {
		p.waitFor("; held", 1)
		retry := exec.Command(filepath.Join(bin, "nile"), "retry", "--env", "FIX=1")
		retry.Env = []string{control}
		if out, err := retry.CombinedOutput(); err != nil {
			t.Errorf("nile retry: %v\n%s", err, out)
		}
		p.waitForFront("cat")
		p.line("for the cat")
		p.waitFor("for the cat\n", 2) // the echo and the cat
		p.screen.typed(p.t, ctrlC)
		p.waitFor("code 130\n", 2) // nile says it, then the caller
		p.line("a line")
	}})
	for _, want := range append(givenBack, "code 130\n") {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("not said: %q; on the terminal:\n%s", want, o.stdout)
		}
	}
}
