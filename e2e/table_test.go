//go:build e2e

package e2e

import (
	"fmt"
	"io"
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
