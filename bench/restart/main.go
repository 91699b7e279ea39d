// Command restart measures the time from the end of a run to the start of the next one,
// with no back-off: from right before a program's exit until the main of the same program,
// started again. nile beside s6, runit and supervisord, all at the same time, so
// that what else the machine does meets all of them.
//
//	go run ./bench/restart -nile build/nile
package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
)

func main() {
	length := flag.Duration("for", 30*time.Second, "how long the programs run; each run of a child takes a good second")
	harness.Main("restart", func(ctx context.Context, nile string) (harness.Result, error) {
		if *length < 5*time.Second {
			return nil, fmt.Errorf("cannot measure for %s: -for must be 5s at least", *length)
		}
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile), *length)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// contenders are the programs of the table, in its order.
func contenders(nile string) []programs.Program {
	return []programs.Program{
		programs.NilePodAtOnce(nile, 1),
		programs.S6(1),
		programs.Runit(1),
		programs.Supervisord(1),
	}
}
