// Package harness is what the benchmarks' commands have in common: their flags,
// the way they are interrupted, and how they say what they have found.
package harness

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/nile-init/nile/bench/internal/report"
)

// Result is what a benchmark has found. It is also written as JSON.
type Result interface {
	Print(w io.Writer) error
}

// Main runs the command bench/NAME. Its own flags are defined before; nile is the
// path of nile's program, and ctx ends when the user interrupts the benchmark. A
// goal that is missed is no error: the result says so.
func Main(name string, measure func(ctx context.Context, nile string) (Result, error)) {
	nile := flag.String("nile", "build/nile", "the `file` that is nile's program")
	asJSON := flag.Bool("json", false, "print JSON on standard output, and the table on standard error")
	flag.Parse()
	if err := run(*nile, *asJSON, measure); err != nil {
		fmt.Fprintf(os.Stderr, "bench/%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Runs is Main for a benchmark that is told by its flag -runs how often it measures, once at
// least; usual is how often where nothing is said.
func Runs(name string, usual int, usage string, measure func(ctx context.Context, nile string, runs int) (Result, error)) {
	runs := flag.Int("runs", usual, usage)
	Main(name, func(ctx context.Context, nile string) (Result, error) {
		if *runs < 1 {
			return nil, fmt.Errorf("cannot measure %d runs: -runs must be 1 at least", *runs)
		}
		return measure(ctx, nile, *runs)
	})
}

func run(nile string, asJSON bool, measure func(context.Context, string) (Result, error)) error {
	nile, err := filepath.Abs(nile)
	if err != nil {
		return err
	}
	if _, err := os.Stat(nile); err != nil {
		return fmt.Errorf("cannot find nile: %w; make build makes it", err)
	}
	nile, remove, err := install(nile)
	if err != nil {
		return err
	}
	defer remove()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := measure(ctx, nile)
	if err != nil {
		return err
	}
	text := io.Writer(os.Stdout)
	if asJSON {
		text = os.Stderr
	}
	if err := result.Print(text); err != nil {
		return err
	}
	if asJSON {
		return report.WriteJSON(os.Stdout, result)
	}
	return nil
}

// install copies nile as an installation does, into a directory that remove takes away. The
// linker leaves a program in the page cache in single pages; one that was written or read from
// one end to the other, as all its peers were, is there in larger pieces, of which a start maps
// and an end unmaps many at once: 0.3 ms of each end.
func install(nile string) (path string, remove func(), err error) {
	from, err := os.Open(nile)
	if err != nil {
		return "", nil, err
	}
	defer from.Close()
	dir, err := os.MkdirTemp("", "nile-bench-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, filepath.Base(nile))
	if err := write(path, from); err != nil {
		remove()
		return "", nil, fmt.Errorf("cannot copy nile: %w", err)
	}
	// Programs that do not run as root are measured too.
	if err := os.Chmod(dir, 0o755); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

func write(path string, from io.Reader) error {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err = io.Copy(to, from); err == nil {
		// Pages that are not on the disk yet would count as memory that nile has written to.
		err = to.Sync()
	}
	if failed := to.Close(); err == nil {
		err = failed
	}
	return err
}
