// Command output measures how many lines a second pass from a process through
// nile's output modes to a reader, beside cat, s6-log and supervisord. All take
// turns in one run, in another order each round, and every line is counted at its
// end. What the tail costs is measured of nile's package output in a process of its own,
// whose processor time is not mixed with the child's.
//
//	go run ./bench/output -nile build/nile
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nile-init/nile/bench/internal/report"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleWord {
		if err := play(os.Args[2:]); err != nil {
			fail(err)
		}
		return
	}
	lines := flag.Int("lines", 2_000_000, "how many lines of 100 bytes pass in a run")
	nile := flag.String("nile", "build/nile", "the `file` that is nile's program")
	rounds := flag.Int("rounds", 9, "how often each is measured; the slow ones 3 times at most")
	asJSON := flag.Bool("json", false, "print JSON on standard output, and the table on standard error")
	flag.Parse()
	if err := run(*nile, *lines, *rounds, *asJSON); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "bench/output: %v\n", err)
	os.Exit(1)
}

func run(nile string, lines, rounds int, asJSON bool) error {
	if lines < 1 || rounds < 1 {
		return fmt.Errorf("cannot measure %d lines in %d rounds: both must be 1 at least", lines, rounds)
	}
	nile, err := filepath.Abs(nile)
	if err == nil {
		_, err = os.Stat(nile)
	}
	if err != nil {
		return fmt.Errorf("cannot find nile: %w; make build makes it", err)
	}
	machine := report.ThisMachine()
	rows, err := measure(nile, lines, rounds)
	if err != nil {
		return err
	}
	text := io.Writer(os.Stdout)
	if asJSON {
		text = os.Stderr
	}
	result := newResult(machine, lines, rows)
	if err := result.print(text); err != nil {
		return err
	}
	if asJSON {
		return report.WriteJSON(os.Stdout, result)
	}
	return nil
}
