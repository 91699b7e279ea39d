package loop

import (
	"slices"
	"strings"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// overridden is a copy of the command for one run, as an operator wants it this time.
func overridden(c *reaper.Command, o *supervisor.Override) *reaper.Command {
	changed := *c
	if o == nil {
		return &changed
	}
	if len(o.Argv) > 0 {
		changed.Argv = o.Argv
	}
	changed.Argv = append(slices.Clip(changed.Argv), o.Args...)
	changed.Env = withVariables(c.Env, o.Env)
	return &changed
}

// withVariables is an environment in which some variables have other values.
func withVariables(environ, changes []string) []string {
	result := slices.Clone(environ)
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		result = slices.DeleteFunc(result, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		result = append(result, change)
	}
	return result
}
