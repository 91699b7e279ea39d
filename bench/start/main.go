// Command start measures the time from the exec of an init until its child's
// main: nile beside tini, dumb-init, catatonit, s6 and supervisord, and beside
// the child by itself. All take turns in one run, in another order each round, so
// that what else the machine does meets all of them alike.
//
//	go run ./bench/start -nile build/nile
//	go run ./bench/start -nile build/nile -hold -runs 1500   # what a hold costs, in more rounds
package main

import (
	"context"
	"flag"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
)

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 70 * time.Second

func main() {
	hold := flag.Bool("hold", false, "start nothing but nile with and without --hold: a difference of a few percent takes a thousand runs")
	pebble := flag.String("pebble", "build/peers/pebble", "the `file` that is pebble's program")
	harness.Runs("start", 100, "how often each program is started; the slow ones 3 times at most", func(ctx context.Context, nile string, runs int) (harness.Result, error) {
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile, *pebble, *hold), runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// contenders are the programs of the table, in its order.
func contenders(nile, pebble string, onlyHold bool) []programs.Program {
	if onlyHold {
		return []programs.Program{programs.Nile(nile), programs.NileHold(nile)}
	}
	return []programs.Program{
		programs.Bare(),
		programs.Tini(),
		programs.TiniStatic(),
		programs.DumbInit(),
		programs.Catatonit(),
		programs.Nile(nile),
		programs.NileHold(nile),
		programs.NilePod(nile, 1),
		programs.S6(1),
		programs.Runit(1),
		programs.Supervisord(1),
		programs.Pebble(pebble, 1),
		programs.NilePod(nile, 5),
		programs.S6(5),
	}
}
