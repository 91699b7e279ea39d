// Command pod measures how fast nile starts and stops large pods: the start, in
// order, of 200 containers (init containers, sidecars and mains), and the stop of
// 500, which all end at once or wait for a slow one.
//
//	go run ./bench/pod -nile build/nile
package main

import (
	"context"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/report"
)

// limit ends the measuring: the table then shows the runs done so far.
const limit = 40 * time.Second

func main() {
	harness.Runs("pod", 5, "how often each pod is started and stopped", func(ctx context.Context, nile string, runs int) (harness.Result, error) {
		machine := report.ThisMachine()
		rows, err := measure(ctx, nile, runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}
