package early

import (
	"slices"
	"testing"
)

func TestOnlyPlainCommandLinesAreStartedEarly(t *testing.T) {
	const held = true
	for _, test := range []struct {
		name          string
		args, environ []string
		want          []string
		hold          bool
	}{
		{"plain", []string{"nile", "--", "true"}, nil, []string{"true"}, false},
		{"by its path", []string{"/usr/bin/nile", "--", "sh", "-c", "x"}, []string{"HOME=/"}, []string{"sh", "-c", "x"}, false},
		{"a command that looks like a flag", []string{"nile", "--", "--", "x"}, nil, []string{"--", "x"}, false},
		{"no command", []string{"nile", "--"}, nil, nil, false},
		{"a flag", []string{"nile", "--group", "--", "true"}, nil, nil, false},
		{"a verb", []string{"nile", "run", "--", "true"}, nil, nil, false},
		{"nothing", []string{"nile"}, nil, nil, false},
		{"no name", nil, nil, nil, false},
		{"another name", []string{"tini", "--", "true"}, nil, nil, false},
		{"a setting in the environment", []string{"nile", "--", "true"}, []string{"A=b", "NILE_GROUP=1"}, nil, false},
		{"one that is set to nothing", []string{"nile", "--", "true"}, []string{"NILE_GROUP="}, []string{"true"}, false},

		{"hold", []string{"nile", "--hold", "--", "true"}, nil, []string{"true"}, held},
		{"hold=true", []string{"nile", "--hold=true", "--", "true"}, nil, []string{"true"}, held},
		{"hold=false", []string{"nile", "--hold=false", "--", "true"}, []string{"NILE_HOLD=1", "NILE_HOLD_AFTER_RESTARTS=3"}, []string{"true"}, false},
		{"hold after restarts", []string{"nile", "--hold-after-restarts=3", "--", "true"}, nil, []string{"true"}, held},
		{"hold after none", []string{"nile", "--hold-after-restarts", "0", "--", "true"}, nil, []string{"true"}, false},
		{"hold after some", []string{"nile", "--hold-after-restarts", "some", "--", "true"}, nil, nil, false},
		{"hold maybe", []string{"nile", "--hold=maybe", "--", "true"}, nil, nil, false},
		{"hold by the environment", []string{"nile", "--", "true"}, []string{"NILE_HOLD=1", "NILE_HOLD_FOR=2h", "NILE_STATE_DIR=/run/x"}, []string{"true"}, held},
		{"no hold by the environment", []string{"nile", "--", "true"}, []string{"NILE_HOLD=0"}, []string{"true"}, false},
		{"hold for", []string{"nile", "--hold", "--hold-for", "90s", "--log-level=off", "--", "true"}, nil, []string{"true"}, held},
		{"hold for nothing sensible", []string{"nile", "--hold", "--hold-for", "soon", "--", "true"}, nil, nil, false},
		{"hold for no unit", []string{"nile", "--hold", "--hold-for=5", "--", "true"}, nil, nil, false},
		{"the value is missing", []string{"nile", "--hold-for", "--", "true"}, nil, nil, false},
		{"the dashes are a value", []string{"nile", "--hold-for", "--"}, nil, nil, false},
		{"a state directory", []string{"nile", "--state-dir=/s", "--", "true"}, nil, []string{"true"}, false},
		{"no state directory", []string{"nile", "--state-dir=s", "--", "true"}, nil, nil, false},
		{"a short flag", []string{"nile", "-h", "--", "true"}, nil, nil, false},
		{"no socket", []string{"nile", "--control=off", "--", "true"}, nil, []string{"true"}, false},
		{"a bad socket", []string{"nile", "--", "true"}, []string{"NILE_CONTROL=socket"}, nil, false},
		{"sidecars of whatever", []string{"nile", "--hold-sidecars=Go", "--", "true"}, nil, nil, false},
		{"no such level", []string{"nile", "--log-level=loud", "--", "true"}, nil, nil, false},
	} {
		got, ok := Read(test.args, test.environ)
		if ok != (test.want != nil) || !slices.Equal(got.Argv, test.want) || got.Hold != test.hold {
			t.Errorf("%s: %q (hold: %v) is started early, want %q (%v)", test.name, got.Argv, got.Hold, test.want, test.hold)
		}
	}
}
