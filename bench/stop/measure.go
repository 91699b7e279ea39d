package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	children  = 100
	terminate = syscall.SIGTERM
	settling  = 300 * time.Millisecond // from the last start until the stop
	patience  = 20 * time.Second       // for the start of all, and for an end
	slowRuns  = 2
	sleep     = "/bin/sleep" // a child that ends of SIGTERM at once
)

// row is a program and its measurements in milliseconds.
type row struct {
	contender
	missing string
	times   []float64

	command []string
	dir     string
	child   string // the program that its children run
}

// measure starts and stops all programs in turns.
func measure(ctx context.Context, contenders []contender, runs int) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-stop-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	crowd, err := cprogram.Build(dir, "crowd")
	if err != nil {
		return nil, err
	}
	sleeper, err := filepath.EvalSymlinks(sleep)
	if err != nil {
		return nil, fmt.Errorf("cannot find the children's program: %w", err)
	}
	var rows []*row
	for i, c := range contenders {
		r := &row{contender: c, missing: c.Missing(), dir: filepath.Join(dir, fmt.Sprint(i)), child: sleeper}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		if err := os.Mkdir(r.dir, 0o755); err != nil {
			return nil, err
		}
		argv := []string{sleeper, "600"}
		if c.crowd {
			argv = append([]string{crowd, strconv.Itoa(children)}, argv...)
		}
		if r.command, err = c.Prepare(r.dir, programs.Child{Argv: argv}); err != nil {
			return nil, err
		}
	}
	end := time.Now().Add(limit)
	for round := 0; round < runs && time.Now().Before(end); round++ {
		for _, r := range rows {
			if r.missing != "" || r.Slow && round >= slowRuns {
				continue
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("interrupted in round %d of %d", round+1, runs)
			}
			if err := r.once(ctx); err != nil {
				return nil, fmt.Errorf("cannot measure %s: %w", r.Name, err)
			}
		}
	}
	return rows, nil
}

// once starts the program, waits till all its children run, and stops it.
func (r *row) once(ctx context.Context) error {
	process, err := spawn.Start(r.command, spawn.Options{
		Dir: r.dir, Log: filepath.Join(r.dir, "log"), Env: []string{"NILE_CONTROL=" + filepath.Join(r.dir, "control.sock")},
	})
	if err != nil {
		return err
	}
	ready := board.Await(func() bool { return ctx.Err() != nil || r.running(process.PID) >= r.Children }, 20*time.Millisecond, patience)
	time.Sleep(settling)
	begun := time.Now()
	_, err = process.Stop(r.Stop, patience)
	took := time.Since(begun)
	if failure := spawn.Sweep(patience); err == nil {
		err = failure
	}
	if err == nil && !ready {
		err = fmt.Errorf("not all of its children ran after %s", patience)
	}
	r.times = append(r.times, float64(took)/float64(time.Millisecond))
	return err
}

// running counts the children.
func (r *row) running(pid int) (count int) {
	below, err := spawn.Descendants(pid)
	if err != nil {
		return 0
	}
	for _, pid := range below {
		if file, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && file == r.child {
			count++
		}
	}
	return count
}
