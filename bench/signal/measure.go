package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	warmups  = 20                     // rounds that don't count
	settling = 500 * time.Millisecond // from the start until all are idle
	look     = 500 * time.Microsecond // between looks whether a signal has come
	patience = 5 * time.Second        // for a start, a signal, and an end
	received = 0                      // cells of signal.c
	arrival  = 1
	ready    = 2
	cells    = 3
)

// row is a program and the times of its signals in microseconds.
type row struct {
	program programs.Program
	missing string // why there are none
	times   []float64

	process *spawn.Process
	board   *board.Board
}

func measure(ctx context.Context, contenders []programs.Program, rounds int, gap time.Duration) (rows []*row, err error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-signal-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	child, err := cprogram.Build(dir, "signal")
	if err != nil {
		return nil, err
	}
	for _, p := range contenders {
		rows = append(rows, &row{program: p, missing: p.Missing()})
	}
	defer func() {
		for _, r := range rows {
			if failure := r.stop(); err == nil {
				err = failure
			}
		}
		if failure := spawn.Sweep(patience); err == nil {
			err = failure
		}
	}()
	for i, r := range rows {
		if r.missing != "" {
			continue
		}
		if err := r.start(filepath.Join(dir, fmt.Sprint(i)), child); err != nil {
			return nil, err
		}
	}
	time.Sleep(settling)
	return rows, signalAll(ctx, rows, rounds, gap)
}

// signalAll gives each program a signal in each round. It returns early, with the
// rounds that are complete, when the time is over, and with an error when it is
// interrupted.
func signalAll(ctx context.Context, rows []*row, rounds int, gap time.Duration) error {
	end := time.Now().Add(limit)
	// A fixed seed: the orders are mixed, and the same in every run.
	order := rand.New(rand.NewPCG(1, 2))
	for round := -warmups; round < rounds && time.Now().Before(end); round++ {
		for _, i := range order.Perm(len(rows)) {
			if rows[i].missing != "" {
				continue
			}
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted in round %d of %d", round+1, rounds)
			}
			// Not in step with anybody's clock.
			time.Sleep(gap + time.Duration(order.Int64N(int64(gap))))
			took, err := rows[i].signal()
			if err != nil {
				return err
			}
			if round >= 0 {
				rows[i].times = append(rows[i].times, float64(took)/float64(time.Microsecond))
			}
		}
	}
	return nil
}

// start starts the program and waits until its child handles signals.
func (r *row) start(dir, child string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	var err error
	if r.board, err = board.New(cells); err != nil {
		return err
	}
	command, err := r.program.Prepare(dir, programs.Child{Argv: []string{child, r.board.Path}})
	if err != nil {
		return err
	}
	if r.process, err = spawn.Start(command, spawn.Options{Dir: dir}); err != nil {
		return err
	}
	up := func() bool { return r.board.Load(ready) != 0 }
	if !board.Await(up, time.Millisecond, patience) {
		return fmt.Errorf("cannot measure %s: its child did not start within %s", r.program.Name, patience)
	}
	return nil
}

// signal sends the program SIGUSR1 and returns after what time its child had it.
func (r *row) signal() (time.Duration, error) {
	before := r.board.Load(received)
	sent := board.Now()
	if err := syscall.Kill(r.process.PID, syscall.SIGUSR1); err != nil {
		return 0, fmt.Errorf("cannot signal %s: %w", r.program.Name, err)
	}
	// The child has stamped the time: it does not matter when this looks, but
	// looking all the time would take a processor away.
	come := func() bool { return r.board.Load(received) != before }
	if !board.Await(come, look, patience) {
		return 0, fmt.Errorf("the child of %s did not get a SIGUSR1 within %s", r.program.Name, patience)
	}
	return time.Duration(r.board.Load(arrival) - sent), nil
}

func (r *row) stop() error {
	if r.board != nil {
		defer r.board.Close()
	}
	if r.process == nil {
		return nil
	}
	_, err := r.process.Stop(r.program.Stop, patience)
	return err
}
