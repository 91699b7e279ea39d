package early

import (
	"slices"
	"testing"
)

func TestOnlyThePlainCommandLineIsStartedEarly(t *testing.T) {
	for _, test := range []struct {
		name          string
		args, environ []string
		want          []string
	}{
		{"plain", []string{"nile", "--", "true"}, nil, []string{"true"}},
		{"by its path", []string{"/usr/bin/nile", "--", "sh", "-c", "x"}, []string{"HOME=/"}, []string{"sh", "-c", "x"}},
		{"a command that looks like a flag", []string{"nile", "--", "--", "x"}, nil, []string{"--", "x"}},
		{"no command", []string{"nile", "--"}, nil, nil},
		{"a flag", []string{"nile", "--group", "--", "true"}, nil, nil},
		{"a verb", []string{"nile", "run", "--", "true"}, nil, nil},
		{"nothing", []string{"nile"}, nil, nil},
		{"no name", nil, nil, nil},
		{"another name", []string{"tini", "--", "true"}, nil, nil},
		{"a setting in the environment", []string{"nile", "--", "true"}, []string{"A=b", "NILE_GROUP=1"}, nil},
	} {
		if got := plain(test.args, test.environ); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q is started early, want %q", test.name, got, test.want)
		}
	}
}
