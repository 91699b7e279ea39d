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
	changed.Env = withAppended(withVariables(c.Env, o.Env), o.Append)
	return &changed
}

// withAppended is an environment in which some variables have more behind what they had;
// of several of one name the first, which is the one that getenv(3) finds.
func withAppended(environ, additions []string) []string {
	for _, addition := range additions {
		name, value, _ := strings.Cut(addition, "=")
		i := slices.IndexFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		if i >= 0 && environ[i] != name+"=" {
			value = environ[i][len(name)+1:] + " " + value
		}
		environ = withVariables(environ, []string{name + "=" + value})
	}
	return environ
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
