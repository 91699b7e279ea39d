package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	lives    = 100 // that life.c has cells for
	patience = 15 * time.Second
)

// row is a program and what was found: milliseconds from an end to the next start.
type row struct {
	program programs.Program
	missing string
	times   []float64

	shared  *board.Board
	process *spawn.Process
}

// measure runs all programs side by side for a time.
func measure(ctx context.Context, contenders []programs.Program, length time.Duration) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-restart-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	life, err := cprogram.Build(dir, "life")
	if err != nil {
		return nil, err
	}
	var rows []*row
	for i, p := range contenders {
		r := &row{program: p, missing: p.Missing()}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		if err = r.start(filepath.Join(dir, fmt.Sprint(i)), life); err != nil {
			break
		}
	}
	if err == nil {
		select {
		case <-ctx.Done():
			err = errors.New("interrupted")
		case <-time.After(length):
		}
	}
	for _, r := range rows {
		if failure := r.end(); err == nil {
			err = failure
		}
	}
	if failure := spawn.Sweep(patience); err == nil {
		err = failure
	}
	return rows, err
}

func (r *row) start(dir, life string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	var err error
	if r.shared, err = board.New(1 + 2*lives); err != nil {
		return err
	}
	command, err := r.program.Prepare(dir, programs.Child{Argv: []string{life, r.shared.Path}})
	if err != nil {
		return err
	}
	r.process, err = spawn.Start(command, spawn.Options{
		Dir: dir, Log: filepath.Join(dir, "log"), Env: []string{"NILE_CONTROL=" + filepath.Join(dir, "control.sock")},
	})
	return err
}

// end stops the program and reads what its children have written.
func (r *row) end() error {
	if r.shared == nil {
		return nil
	}
	defer r.shared.Close()
	if r.process != nil {
		if _, err := r.process.Stop(r.program.Stop, patience); err != nil {
			return fmt.Errorf("cannot measure %s: %w", r.program.Name, err)
		}
	}
	for life := 0; life+1 < lives; life++ {
		ended, next := r.shared.Load(2+2*life), r.shared.Load(3+2*life)
		if ended == 0 || next == 0 {
			break
		}
		r.times = append(r.times, float64(next-ended)/float64(time.Millisecond))
	}
	if len(r.times) == 0 {
		r.missing = "its child was never started again"
	}
	return nil
}
