package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// verdict prints what came of a soak, and returns how many promises are broken.
func (r *run) verdict(w io.Writer) (broken int, err error) {
	overlaps, lives, printed, err := r.compare()
	if err != nil {
		return 0, err
	}
	told := 0
	for _, list := range r.exits.of {
		told += len(list)
	}
	promise := func(kept bool, format string, args ...any) {
		mark := "ok    "
		if !kept {
			mark = "BROKEN"
			broken++
		}
		fmt.Fprintf(w, "%s  %s\n", mark, fmt.Sprintf(format, args...))
	}
	promise(lives > 0 && r.exits.count == 0 && r.exits.lost == 0,
		"every exit is accounted for: %d lives, %d ends told, in %d events of which %d were lost", lives, told, r.exits.last, r.exits.lost)
	promise(printed > 0 && r.lines.count == 0, "every line has arrived, in order: %d printed, %d seen", printed, r.lines.total)
	promise(overlaps.count == 0, "no two runs of a container have overlapped")
	promise(r.operator.asked > 0 && r.operator.ordered > r.operator.refused && r.operator.count == 0, "every question and order was answered: %d questions, %d orders of which %d were refused, %d reloads",
		r.operator.asked, r.operator.ordered, r.operator.refused, r.operator.reloads)
	promise(r.busy*20 <= len(r.samples), "%d of %d looks at nile waited for its event loop for over two seconds", r.busy, r.busy+len(r.samples))
	promise(r.ending.Seconds() < 30, "SIGTERM ended the pod in %.1f s", r.ending.Seconds())
	for _, m := range measures {
		before, after := m.medians(r.samples)
		promise(m.flat(before, after, r.plan.length), "%s are flat: %d, and %d at the end", m.name, before, after)
	}
	for _, t := range []troubles{r.exits.troubles, r.lines.troubles, overlaps, r.operator.troubles} {
		for _, text := range t.first {
			fmt.Fprintf(w, "        %s\n", text)
		}
		if more := t.count - len(t.first); more > 0 {
			fmt.Fprintf(w, "        … and %d more like these\n", more)
		}
	}
	return broken, r.table(w)
}

// compare holds the books of the containers against what nile has told and passed on.
func (r *run) compare() (overlaps troubles, lives int, printed uint64, err error) {
	books, err := filepath.Glob(filepath.Join(r.dir, "ledger", "*"))
	if err != nil {
		return overlaps, 0, 0, err
	}
	books = slices.DeleteFunc(books, func(file string) bool {
		suffix := filepath.Ext(file)
		return suffix == lockSuffix || suffix == overlapSuffix
	})
	for _, file := range books {
		list, err := readLedger(file)
		if err != nil {
			overlaps.add("%v", err)
		}
		name := filepath.Base(file)
		for number, one := range list {
			r.lines.check(name, number, one)
			printed += one.Stdout + one.Stderr
		}
		r.exits.check(name, list)
		lives += len(list)
	}
	if len(books) < r.plan.containers {
		return overlaps, 0, 0, fmt.Errorf("only %d of %d containers have ever lived: %w", len(books), r.plan.containers, os.ErrNotExist)
	}
	return overlaps, lives, printed, nil
}

// table prints how the vitals went, in ten steps.
func (r *run) table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nat %\t")
	for _, m := range measures {
		fmt.Fprintf(t, "%s\t", m.name)
	}
	fmt.Fprintln(t)
	for step := 0; step <= 10 && len(r.samples) > 0; step++ {
		v := r.samples[step*(len(r.samples)-1)/10]
		fmt.Fprintf(t, "%d\t", step*10)
		for _, m := range measures {
			fmt.Fprintf(t, "%d\t", m.of(v))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
