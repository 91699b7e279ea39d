// Command probes measures what probing costs: a pod of 500 containers, each with a
// liveness probe (tcpSocket) and a readiness probe (httpGet) of 1 s period, all
// against a server of the benchmark's. It tells nile's share of a processor and
// how late the probes come.
//
//	go run ./bench/probes -nile build/nile
package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/report"
)

func main() {
	containers := flag.Int("containers", 500, "how many containers there are, with two probes each")
	length := flag.Duration("for", 20*time.Second, "how long the probes are watched")
	harness.Main("probes", func(ctx context.Context, nile string) (harness.Result, error) {
		if *containers < 1 || *length < 3*time.Second {
			return nil, fmt.Errorf("cannot measure %d containers for %s: it takes 1 at least, and 3s", *containers, *length)
		}
		machine := report.ThisMachine()
		found, err := measure(ctx, nile, *containers, *length)
		if err != nil {
			return nil, err
		}
		return newResult(machine, *containers, *length, found), nil
	})
}
