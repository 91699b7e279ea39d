//go:build conformance

package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// row is a line of the table.
type row struct {
	pod      *pod
	verdicts map[string]verdict

	result   string   // ok, differs, pending, FAIL
	compared []string // the kinds for which there was something to compare
	notes    []string
	failures []string
}

// judge decides what the verdicts mean.
func (r *row) judge() {
	r.result = "ok"
	var problems []string
	reasons := map[string]bool{}
	for _, k := range kinds {
		v := r.verdicts[k.name]
		if v.looked > 0 {
			r.compared = append(r.compared, k.name)
		}
		for _, text := range v.problems {
			problems = append(problems, k.name+": "+text)
		}
		if v.reason != "" && !reasons[v.reason] {
			reasons[v.reason] = true
			r.notes = append(r.notes, v.reason)
		}
	}
	switch {
	case r.pod.pending != "" && len(problems) == 0:
		r.result = "FAIL"
		r.failures = append(r.failures, fmt.Sprintf("agrees, though it is in the list of pending pods (%s): take it out", r.pod.pending))
	case r.pod.pending != "":
		r.result, r.notes = "pending", []string{r.pod.pending + ": " + problems[0]}
	case len(problems) > 0:
		r.result, r.failures = "FAIL", problems
	case len(reasons) > 0:
		r.result = "differs"
	case len(r.compared) == 0:
		r.result, r.failures = "FAIL", []string{"there was nothing to compare"}
	}
}

// table collects the rows.
type table struct {
	mutex sync.Mutex
	rows  []row
}

func (t *table) add(r row) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.rows = append(t.rows, r)
}

// print shows the table, observed pods first.
func (t *table) print() {
	if len(t.rows) == 0 {
		return
	}
	slices.SortFunc(t.rows, func(a, b row) int {
		if a.pod.observed != b.pod.observed {
			return map[bool]int{true: -1, false: 1}[a.pod.observed]
		}
		return cmp.Compare(a.pod.title(), b.pod.title())
	})
	counts := map[string]int{}
	var b strings.Builder
	fmt.Fprintf(&b, "%-34s %-9s %-8s %s\n", "POD", "FROM", "RESULT", "COMPARED; NOTES")
	for _, r := range t.rows {
		from := "rules"
		if r.pod.observed {
			from = "kubelet"
		}
		notes := strings.Join(r.compared, " ")
		if len(r.notes) > 0 {
			notes += "; " + strings.Join(r.notes, ", ")
		}
		for _, text := range r.failures {
			notes += fmt.Sprintf("\n%-53s %s", "", text)
		}
		fmt.Fprintf(&b, "%-34s %-9s %-8s %s\n", r.pod.title(), from, r.result, notes)
		counts[r.result]++
	}
	fmt.Fprintf(&b, "%d pods: %d ok, %d differ on purpose (docs/reference/kubelet.md), %d pending, %d failed\n",
		len(t.rows), counts["ok"], counts["differs"], counts["pending"], counts["FAIL"])
	fmt.Print(b.String())
}
