package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/bench/internal/report"
)

const head = `# Benchmarks

<!-- Made by make bench. -->

nile beside those that do the same work, in one run on one machine, by turns or at the same time wherever
that can be. Times on another machine are others; the ratios are what to look at. ` + "`make bench`" + ` installs the
peers, runs all of it, and writes this page, its plot and [the figures as JSON](benchmarks.json).

`

// markdown is the page.
func (p *page) markdown() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(head)
	if len(p.found) > 0 {
		fmt.Fprintf(&b, "- machine: %s\n", p.found[0].Machine)
	}
	fmt.Fprintf(&b, "- %s\n- all of it took %s\n\n## Goals\n\n![How much of each limit is used](benchmarks.svg)\n\n", p.version, p.took.Round(time.Second))
	if err := report.GoalTable(p.goals()).Print(&b); err != nil {
		return nil, err
	}
	for _, f := range p.found {
		fmt.Fprintf(&b, "\n## %s\n\n    go run ./bench/%s -nile build/nile\n\n%s", f.name, f.name, withoutMachine(f))
	}
	return b.Bytes(), nil
}

// withoutMachine leaves out what each benchmark says of the machine: the page says it once.
func withoutMachine(f *found) string {
	// What a shell and go say before stands before the caption, if anything.
	text := strings.Replace(f.text, f.Machine.String()+"\n", "", 1)
	return strings.TrimRight(strings.ReplaceAll(text, "\n\n\n", "\n\n"), "\n") + "\n"
}
