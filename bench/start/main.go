// Command start measures the time from the exec of an init until its child's
// main: nile beside tini, dumb-init, catatonit, s6 and supervisord, and beside
// the child by itself. All take turns in one run, in another order each round, so
// that what else the machine does meets all of them alike.
//
//	go run ./bench/start -nile build/nile
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
)

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 70 * time.Second

func main() {
	nile := flag.String("nile", "build/nile", "the `file` that is nile's program")
	runs := flag.Int("runs", 100, "how often each program is started; the slow ones 3 times at most")
	asJSON := flag.Bool("json", false, "print JSON on standard output, and the table on standard error")
	flag.Parse()
	if err := run(*nile, *runs, *asJSON); err != nil {
		fmt.Fprintf(os.Stderr, "bench/start: %v\n", err)
		os.Exit(1)
	}
}

func run(nile string, runs int, asJSON bool) error {
	nile, err := filepath.Abs(nile)
	if err != nil {
		return err
	}
	if _, err := os.Stat(nile); err != nil {
		return fmt.Errorf("cannot find nile: %w; make build makes it", err)
	}
	if runs < 1 {
		return fmt.Errorf("cannot measure %d runs: -runs must be 1 at least", runs)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	machine := report.ThisMachine()
	rows, err := measure(ctx, contenders(nile), runs)
	if err != nil {
		return err
	}
	text := io.Writer(os.Stdout)
	if asJSON {
		text = os.Stderr
	}
	result := newResult(machine, rows)
	if err := result.print(text); err != nil {
		return err
	}
	if asJSON {
		return report.WriteJSON(os.Stdout, result)
	}
	return nil
}

// contenders are the programs of the table, in its order.
func contenders(nile string) []programs.Program {
	return []programs.Program{
		programs.Bare(),
		programs.Tini(),
		programs.TiniStatic(),
		programs.DumbInit(),
		programs.Catatonit(),
		programs.Nile(nile),
		programs.NilePod(nile, 1),
		programs.S6(1),
		programs.Supervisord(1),
		programs.NilePod(nile, 5),
		programs.S6(5),
	}
}
