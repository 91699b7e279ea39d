// Command scale measures what a thousand supervised children cost: memory of the
// supervising processes for each child, the processor time that they use while nothing
// happens, and how long all take to start. nile beside s6 and supervisord, one after
// the other; the children are sleeps. nile and s6 also with a tenth of them.
//
//	go run ./bench/scale -nile build/nile
package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/spawn"
)

func main() {
	children := flag.Int("children", 1000, "how many children each program has")
	harness.Main("scale", func(ctx context.Context, nile string) (harness.Result, error) {
		if *children < 10 {
			return nil, fmt.Errorf("cannot measure %d children: -children must be 10 at least", *children)
		}
		if err := spawn.WriteBack(nile); err != nil {
			return nil, err
		}
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile, *children))
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// contenders are the programs of the table, in its order.
func contenders(nile string, children int) []programs.Program {
	return []programs.Program{
		programs.NilePod(nile, children),
		programs.S6(children),
		programs.Supervisord(children),
		programs.NilePod(nile, children/10),
		programs.S6(children / 10),
	}
}
