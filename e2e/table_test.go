//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// cases are what the tests have shown, in the order in which they began.
var cases struct {
	mutex sync.Mutex
	list  []*shownCase
}

// shownCase is a row of the table at the end of a run.
type shownCase struct {
	name, what string
	took       time.Duration
	result     string
}

// shows says what a test shows, in words for the table at the end.
func shows(t *testing.T, what string) {
	t.Helper()
	one, began := &shownCase{name: t.Name(), what: what, result: "FAIL"}, time.Now()
	cases.mutex.Lock()
	cases.list = append(cases.list, one)
	cases.mutex.Unlock()
	t.Cleanup(func() {
		cases.mutex.Lock()
		defer cases.mutex.Unlock()
		one.took = time.Since(began)
		switch {
		case t.Skipped():
			one.result = "skip"
		case !t.Failed():
			one.result = "ok"
		}
	})
}

// printTable prints a row for each case, and what all took together.
func printTable(w io.Writer, took time.Duration) {
	cases.mutex.Lock()
	defer cases.mutex.Unlock()
	count := map[string]int{}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CASE\tSHOWN\tSECONDS\tRESULT")
	for _, one := range cases.list {
		count[one.result]++
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%s\n", strings.TrimPrefix(one.name, "Test"), one.what, one.took.Seconds(), one.result)
	}
	table.Flush()
	fmt.Fprintf(w, "%d cases in %.0f s: %d ok, %d skipped, %d failed\n", len(cases.list), took.Seconds(), count["ok"], count["skip"], count["FAIL"])
}

// TestEachTestIsInTheTable reads the tests: what none of them shows would not be missed.
func TestEachTestIsInTheTable(t *testing.T) {
	shows(t, "no test is left out of this table")
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, function := range strings.Split(read(t, file), "\nfunc ")[1:] {
			name, body, found := strings.Cut(function, "(t *testing.T) {")
			if found && strings.HasPrefix(name, "Test") && !strings.Contains(body, "shows(t, ") {
				t.Errorf("%s in %s does not say what it shows", name, file)
			}
		}
	}
}
