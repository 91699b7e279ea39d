package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/supervisor"
)

func TestNotesWaitForTheFirstChildrenButNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			between time.Duration
			before  []string // told before the release
		}{
			"children that start at once": {0, nil},
			"a start that hangs":          {time.Second, []string{"one", "two"}},
		} {
			var told []string
			late := lateNotes{tell: func(n supervisor.Note) { told = append(told, n.Why) }}
			late.note(supervisor.Note{Why: "one"})
			time.Sleep(test.between)
			late.note(supervisor.Note{Why: "two"})
			if !slices.Equal(told, test.before) {
				t.Errorf("%s: told %q before the release, want %q", name, told, test.before)
			}
			late.release()
			late.note(supervisor.Note{Why: "three"})
			if want := []string{"one", "two", "three"}; !slices.Equal(told, want) {
				t.Errorf("%s: told %q, want %q", name, told, want)
			}
		}
	})
}
