package deploy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/testprogram/seccomp"
)

// TestSeccompProfileDecidesOnEveryCall: a system call that golang.org/x/sys knows is in the profile, as allowed or as
// refused, so that a new one is a decision and no accident.
func TestSeccompProfileDecidesOnEveryCall(t *testing.T) {
	profile := seccompProfile(t)
	decided := map[string]string{}
	for _, rule := range profile.Syscalls {
		for _, name := range rule.Names {
			if previous, twice := decided[name]; twice && (len(rule.Args) == 0 || previous != rule.Action) {
				t.Errorf("%s stands in two rules", name)
			}
			decided[name] = rule.Action
		}
		if len(rule.Args) == 0 && !slices.IsSorted(rule.Names) {
			t.Errorf("the names of the rule %q are not sorted", rule.Comment)
		}
	}
	known := map[string]bool{}
	for _, architecture := range []string{"amd64", "arm64"} {
		numbers, err := seccomp.Numbers(architecture)
		if err != nil {
			t.Fatal(err)
		}
		for name := range numbers {
			known[name] = true
			if decided[name] == "" {
				t.Errorf("nothing is said of %s (%s)", name, architecture)
			}
		}
	}
	for name := range decided {
		if !known[name] {
			t.Errorf("%s is no system call", name)
		}
	}
}

var quoted = regexp.MustCompile("`([a-z0-9_]+)`")

// TestSeccompProfileAllowsWhatWasMeasured holds the table of docs/explanation/security.md against the profile.
func TestSeccompProfileAllowsWhatWasMeasured(t *testing.T) {
	text, err := os.ReadFile("../docs/explanation/security.md")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, rule := range seccompProfile(t).Syscalls {
		for _, name := range rule.Names {
			allowed[name] = allowed[name] || rule.Action == "SCMP_ACT_ALLOW"
		}
	}
	_, table, _ := strings.Cut(string(text), "| feature | system calls")
	table, _, _ = strings.Cut(table, "\n\n")
	measured := 0
	for _, row := range strings.Split(table, "\n")[1:] {
		cells := strings.Split(row, "|")
		if len(cells) < 3 {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[2], -1) {
			measured++
			if !allowed[name[1]] {
				t.Errorf("nile needs %s for %s, and the profile refuses it", name[1], cells[1])
			}
		}
	}
	if measured < 60 {
		t.Errorf("the table has only %d system calls", measured)
	}
}

func seccompProfile(t *testing.T) *seccomp.Profile {
	t.Helper()
	text, err := os.ReadFile("seccomp/nile.json")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := seccomp.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return profile
}
