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
	orphans  = 5000
	batch    = 50
	settling = 100 * time.Millisecond // from the start until the init is idle
	patience = 10 * time.Second       // for the orphans, and for an end
)

// The cells of reap.c.
const (
	begin = iota
	ready
	began
	reaped
	waiting
	wrong
	cells
)

// sample is how one run went.
type sample struct {
	wall    time.Duration // from the first orphan's start until the last was reaped
	cpu     time.Duration // the init's own meanwhile
	waiting int           // the most zombies that were seen at a time
}

// row is a program and its runs.
type row struct {
	program programs.Program
	missing string // why there are none
	samples []sample

	command []string
	dir     string
	board   *board.Board
}

// inContainers tells whether inits are PID 1 here.
func inContainers() bool { return os.Geteuid() == 0 }

// measure lets each program meet the orphans in turns.
func measure(ctx context.Context, contenders []programs.Program, runs int) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-reap-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	shared, err := board.New(cells)
	if err != nil {
		return nil, err
	}
	defer shared.Close()
	rows, err := prepare(dir, contenders, shared)
	if err != nil {
		return nil, err
	}
	return rows, takeTurns(ctx, rows, runs)
}

func prepare(dir string, contenders []programs.Program, shared *board.Board) ([]*row, error) {
	child, err := cprogram.Build(dir, "reap")
	if err != nil {
		return nil, err
	}
	var rows []*row
	for i, p := range contenders {
		r := &row{program: p, missing: p.Missing(), board: shared, dir: filepath.Join(dir, fmt.Sprint(i))}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		if err := os.Mkdir(r.dir, 0o755); err != nil {
			return nil, err
		}
		r.command, err = p.Prepare(r.dir, programs.Child{Argv: []string{child, shared.Path, fmt.Sprint(orphans), fmt.Sprint(batch)}})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// takeTurns returns early, with the runs that are complete, when the time is over,
// and with an error when it is interrupted.
func takeTurns(ctx context.Context, rows []*row, runs int) error {
	end := time.Now().Add(limit)
	// A fixed seed: the orders are mixed, and the same in every run. The first
	// round does not count.
	order := rand.New(rand.NewPCG(1, 2))
	for run := -1; run < runs && time.Now().Before(end); run++ {
		for _, i := range order.Perm(len(rows)) {
			if rows[i].missing != "" {
				continue
			}
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted in run %d of %d", run+1, runs)
			}
			s, err := rows[i].once()
			if err != nil {
				return err
			}
			if run >= 0 {
				rows[i].samples = append(rows[i].samples, s)
			}
		}
	}
	return nil
}

// once starts the program, lets its child make the orphans, and ends it.
func (r *row) once() (s sample, err error) {
	r.board.Clear()
	process, err := spawn.Start(r.command, spawn.Options{Dir: r.dir, Container: inContainers()})
	if err != nil {
		return s, err
	}
	s, err = r.meetOrphans(process.PID)
	if _, failure := process.Stop(r.program.Stop, patience); err == nil {
		err = failure
	}
	if failure := spawn.Sweep(patience); err == nil {
		err = failure
	}
	if err != nil {
		err = fmt.Errorf("cannot measure %s: %w", r.program.Name, err)
	}
	return s, err
}

func (r *row) meetOrphans(pid int) (s sample, err error) {
	if !board.Await(func() bool { return r.board.Load(ready) != 0 }, time.Millisecond, patience) {
		return s, fmt.Errorf("its child did not start within %s", patience)
	}
	time.Sleep(settling)
	before, err := spawn.CPU(pid)
	if err != nil {
		return s, err
	}
	r.board.Store(begin, 1)
	over := func() bool { return r.board.Load(reaped) != 0 || r.board.Load(wrong) != 0 }
	if !board.Await(over, 5*time.Millisecond, patience) {
		return s, fmt.Errorf("it did not reap %d orphans within %s", orphans, patience)
	}
	if errno := r.board.Load(wrong); errno != 0 {
		return s, fmt.Errorf("its child could not make orphans: %w", syscall.Errno(errno))
	}
	after, err := spawn.CPU(pid)
	return sample{
		wall:    time.Duration(r.board.Load(reaped) - r.board.Load(began)),
		cpu:     after - before,
		waiting: int(r.board.Load(waiting)),
	}, err
}
