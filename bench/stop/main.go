// Command stop measures the time from SIGTERM to the end of an init whose children all end
// at once: nobody is to wait for a grace that nobody needs. nile beside tini, s6 and
// supervisord, with one child and with a hundred, in turns.
//
//	go run ./bench/stop -nile build/nile
package main

import (
	"context"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/report"
)

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 40 * time.Second

func main() {
	harness.Runs("stop", 20, "how often each program is stopped; the slow ones twice at most", func(ctx context.Context, nile string, runs int) (harness.Result, error) {
		machine := report.ThisMachine()
		rows, err := measure(ctx, contenders(nile), runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// contender is a program as it is stopped here.
type contender struct {
	programs.Program
	crowd bool // its only child is crowd.c with all the others
}

// contenders are the programs of the table, in its order. tini knows one child only: a
// hundred, of the same program, are the group of that one, which waits for them.
func contenders(nile string) []contender {
	one, many := programs.Tini(), programs.TiniGroup()
	many.Children = children
	supervisord := programs.Supervisord(children)
	supervisord.Stop = terminate
	return []contender{
		{Program: one},
		{Program: programs.Nile(nile)},
		{Program: programs.NilePod(nile, 1)},
		{Program: programs.S6(1)},
		{Program: many, crowd: true},
		{Program: programs.NilePod(nile, children)},
		{Program: programs.S6(children)},
		{Program: supervisord},
	}
}
