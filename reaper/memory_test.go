package reaper

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each command gets exactly its own arguments and environment, whatever the start before
// has left in the room that they share.
func TestStartsShareTheirRoom(t *testing.T) {
	f := newFixture(t)
	for i, size := range []int{3, 3, 40, 5000, 2, 0, 40, 1} {
		env := []string{"PATH=/bin:/usr/bin"}
		for j := range size {
			env = append(env, "V"+strconv.Itoa(j)+"="+strings.Repeat(string(rune('a'+i)), j%50))
		}
		got := strings.Split(strings.TrimSuffix(f.output(&Command{Argv: []string{"env", "-u", "none"}, Env: slices.Clone(env)}), "\n"), "\n")
		slices.Sort(got)
		slices.Sort(env)
		if !slices.Equal(got, env) {
			t.Errorf("start %d: the environment has %d entries, want %d", i, len(got), len(env))
		}
	}
	if kept := len(f.plan.memory.room); kept > maxBytes {
		t.Errorf("%d bytes are kept from start to start, want %d at most", kept, maxBytes)
	}
}
