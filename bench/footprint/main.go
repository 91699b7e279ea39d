// Command footprint measures what an idle init costs: memory, threads and
// wakeups of nile beside tini, dumb-init, catatonit, s6 and supervisord, with one
// child and with ten, the same of nile-pause beside a pause container in C, and the
// sizes of the programs. Only the supervising
// processes count; the children are sleeps.
//
//	go run ./bench/footprint -nile build/nile
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/spawn"
)

func main() {
	runs := flag.Int("runs", 2, "how often each program is looked at, 9 seconds each time")
	harness.Main("footprint", func(ctx context.Context, nile string) (harness.Result, error) {
		if *runs < 1 {
			return nil, fmt.Errorf("cannot measure %d runs: -runs must be 1 at least", *runs)
		}
		info, err := os.Stat(nile)
		if err != nil {
			return nil, err
		}
		if err := spawn.WriteBack(nile); err != nil {
			return nil, err
		}
		machine := report.ThisMachine()
		dir, err := os.MkdirTemp("", "nile-bench-pause-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		pauses, err := buildPauses(dir)
		if err != nil {
			return nil, err
		}
		rows, err := measure(ctx, append(groups(nile), pauses), *runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows, info.Size()), nil
	})
}

// groups are the programs of the table, in its order. A group runs at the same
// time; no program is twice in one, so that none shares its pages with itself.
func groups(nile string) [][]programs.Program {
	return [][]programs.Program{{
		programs.Tini(),
		programs.DumbInit(),
		programs.Catatonit(),
		programs.Nile(nile),
		programs.S6(1),
		programs.Supervisord(1),
	}, {
		programs.NileHold(nile),
	}, {
		programs.NilePod(nile, 10),
		programs.S6(10),
		programs.Supervisord(10),
	}}
}
