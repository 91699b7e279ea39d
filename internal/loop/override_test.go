package loop

import (
	"slices"
	"testing"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

func TestAnOverrideChangesOneRunAndNotTheContainer(t *testing.T) {
	command := &reaper.Command{Argv: []string{"app", "-v"}, Env: []string{"A=1", "OPTIONS=-x", "OPTIONS=-never", "EMPTY="}}
	changed := overridden(command, &supervisor.Override{
		Args: []string{"-w"}, Env: []string{"A=2", "B=3"}, Append: []string{"OPTIONS=-y", "OPTIONS=-z", "EMPTY=-e", "NEW=-n"},
	})
	if want := []string{"app", "-v", "-w"}; !slices.Equal(changed.Argv, want) {
		t.Errorf("the command is %q, want %q", changed.Argv, want)
	}
	slices.Sort(changed.Env)
	if want := []string{"A=2", "B=3", "EMPTY=-e", "NEW=-n", "OPTIONS=-x -y -z"}; !slices.Equal(changed.Env, want) {
		t.Errorf("the environment is %q, want %q", changed.Env, want)
	}
	if !slices.Equal(command.Argv, []string{"app", "-v"}) || command.Env[0] != "A=1" || len(command.Env) != 4 {
		t.Errorf("the container's own command has changed: %q %q", command.Argv, command.Env)
	}
}
