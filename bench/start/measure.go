package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
	"github.com/nile-init/nile/bench/internal/stamp"
)

const (
	warmups  = 3               // rounds that don't count
	slowRuns = 3               // of a program that takes a second
	patience = 5 * time.Second // for a start, and for an end
)

// row is a program and its measurements in microseconds.
type row struct {
	program programs.Program
	missing string // why there are none
	times   []float64

	command []string
	dir     string
}

// measure starts all programs in turns. It returns early, with the rounds that
// are complete, when the time is over, and with an error when it is interrupted.
func measure(ctx context.Context, contenders []programs.Program, runs int) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-start-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	stamper, err := stamp.New(dir)
	if err != nil {
		return nil, err
	}
	defer stamper.Close()
	rows, err := prepare(dir, contenders, stamper)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(limit)
	// A fixed seed: the orders are mixed, and the same in every run.
	order := rand.New(rand.NewPCG(1, 2))
	for round := -warmups; round < runs && time.Now().Before(end); round++ {
		for _, i := range order.Perm(len(rows)) {
			r := rows[i]
			if r.missing != "" || r.program.Slow && !isSlowRound(round, runs) {
				continue
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("interrupted in round %d of %d", round+1, runs)
			}
			took, err := once(r, stamper)
			if err != nil && r.program.Slow {
				r.missing, r.times = err.Error(), nil // a peer that cannot run here
				continue
			}
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				r.times = append(r.times, float64(took)/float64(time.Microsecond))
			}
		}
	}
	return rows, nil
}

// isSlowRound spreads the few runs of slow programs over the rounds.
func isSlowRound(round, runs int) bool {
	return round >= 0 && round%max(1, (runs+slowRuns-1)/slowRuns) == 0
}

func prepare(dir string, contenders []programs.Program, stamper *stamp.Stamper) ([]*row, error) {
	var rows []*row
	for i, p := range contenders {
		r := &row{program: p, missing: p.Missing(), dir: filepath.Join(dir, fmt.Sprint(i))}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		if err := os.Mkdir(r.dir, 0o755); err != nil {
			return nil, err
		}
		command, err := p.Prepare(r.dir, programs.Child{Argv: []string{stamper.Program}, Run: stamper.Program})
		if err != nil {
			return nil, err
		}
		r.command = stamper.Launch(command)
	}
	return rows, nil
}

// once starts a program, waits till all its children are in main, and ends it.
func once(r *row, stamper *stamp.Stamper) (took time.Duration, err error) {
	log := filepath.Join(r.dir, "log")
	process, err := spawn.Start(r.command, spawn.Options{
		Dir: r.dir, Env: []string{stamper.Env()}, Log: log,
	})
	if err != nil {
		return 0, err
	}
	took, err = stamper.Until(r.program.Children, patience)
	if _, failure := process.Stop(r.program.Stop, patience); failure != nil {
		err = failure
	}
	if failure := spawn.Sweep(patience); failure != nil {
		return 0, failure
	}
	if err != nil {
		said, _ := os.ReadFile(log)
		return 0, fmt.Errorf("cannot measure %s: %w; it said: %s", r.program.Name, err, strings.TrimSpace(string(said)))
	}
	return took, stamper.Drop()
}
