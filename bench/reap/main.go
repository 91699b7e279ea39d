// Command reap measures what an init does with orphans: 5,000 in batches of 50, for
// nile beside tini, dumb-init and catatonit. Where it runs as root each init is
// PID 1 of a PID namespace, as in a container, else a child subreaper.
//
//	go run ./bench/reap -nile build/nile
package main

import (
	"context"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
)

// limit ends the measuring: the table then shows the runs done so far.
const limit = 40 * time.Second

func main() {
	harness.Runs("reap", 10, "how often each program meets the orphans", func(ctx context.Context, nile string, runs int) (harness.Result, error) {
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile), runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// contenders are the programs of the table, in its order.
func contenders(nile string) []programs.Program {
	return []programs.Program{
		programs.Tini(),
		programs.DumbInit(),
		programs.Catatonit(),
		programs.Nile(nile),
	}
}
