// Command signal measures the way of a signal through an init: from kill(2) on the
// init until the handler of its child runs, for nile beside tini, dumb-init and
// catatonit, and for the child by itself. All run at the same time and get their
// signals in turns, in another order each round.
//
//	go run ./bench/signal -nile build/nile
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

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 40 * time.Second

func main() {
	rounds := flag.Int("rounds", 2500, "how many signals each program gets")
	gap := flag.Duration("gap", 500*time.Microsecond, "the least time between two signals, of whichever program; 20ms finds all asleep")
	harness.Main("signal", func(ctx context.Context, nile string) (harness.Result, error) {
		if *rounds < 1 {
			return nil, fmt.Errorf("cannot measure %d rounds: -rounds must be 1 at least", *rounds)
		}
		if *gap <= 0 {
			return nil, fmt.Errorf("cannot measure with a gap of %s: -gap must be over 0", *gap)
		}
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile), *rounds, *gap)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows, *gap), nil
	})
}

// contenders are the programs of the table, in its order.
func contenders(nile string) []programs.Program {
	return []programs.Program{
		programs.Bare(),
		programs.Tini(),
		programs.DumbInit(),
		programs.Catatonit(),
		programs.Nile(nile),
	}
}
