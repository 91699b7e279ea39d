package manifest

import (
	"regexp"
	"strings"
	"testing"
)

func lookupIn(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, found := values[name]
		return value, found
	}
}

func TestExpand(t *testing.T) {
	values := map[string]string{"A": "one", "B": "$(A)", "EMPTY": "", "": "nameless", "a b": "spaced", "(": "paren", "$": "dollar", "É": "accent"}
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"$(A)", "one"},
		{"x$(A)y$(A)z", "xoneyonez"},
		{"$(NOPE)", "$(NOPE)"},
		{"$(EMPTY)", ""},
		{"$(B)", "$(A)"}, // what comes in is not looked at again
		{"$$(A)", "$(A)"},
		{"$$$(A)", "$one"},
		{"$$$$(A)", "$$(A)"},
		{"$$", "$"},
		{"$$$", "$$"},
		{"$", "$"},
		{"a$", "a$"},
		{"$A", "$A"},
		{"${A}", "${A}"},
		{"$A $$ $", "$A $ $"},
		{"$(A", "$(A"},
		{"$(", "$("},
		{"$()", "nameless"},
		{"$( A)", "$( A)"},
		{"$(a b)", "spaced"},
		{"$(()", "paren"},
		{"$($)", "dollar"},
		{"$($(A))", "$($(A))"}, // the name is "$(A"
		{"$(A))", "one)"},
		{"$(A$(A)", "$(A$(A)"}, // the name is "A$(A"
		{"$x$(A)", "$xone"},
		{"$é$(É)", "$éaccent"},
		{"$(A)$", "one$"},
		{"\n$(A)\x00", "\none\x00"},
	} {
		if got := Expand(test.in, lookupIn(values)); got != test.want {
			t.Errorf("Expand(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// FuzzExpand holds Expand against the same rules written as a regular
// expression.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"$(A)", "$$(A)", "$(A$(B)", "$", "$$$", "$(", "a$b", "$()", "é$(É"} {
		f.Add(seed)
	}
	values := map[string]string{"A": "$(B)", "B": "$$", "": "x", "$(A": "nested"}
	token := regexp.MustCompile(`(?s)\$(\(([^)]*)\)|.)`)
	f.Fuzz(func(t *testing.T, text string) {
		want := token.ReplaceAllStringFunc(text, func(match string) string {
			if match == "$$" {
				return "$"
			}
			if name, found := strings.CutPrefix(match, "$("); found && strings.HasSuffix(name, ")") {
				if value, known := values[strings.TrimSuffix(name, ")")]; known {
					return value
				}
			}
			return match
		})
		if got := Expand(text, lookupIn(values)); got != want {
			t.Errorf("Expand(%q) = %q, want %q", text, got, want)
		}
	})
}
