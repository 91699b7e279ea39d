package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	settling = 3 * time.Second // from the start until a program is idle
	idle     = 5 * time.Second // in which wakeups are counted
	patience = 5 * time.Second // for an end
	sleep    = "/bin/sleep"    // the children's program
)

// sample is what one look at a program found, the sum over its own processes.
type sample struct {
	memory    spawn.Memory
	processes int
	threads   int
	wakeups   int // within the idle time
}

// row is a program and what was found.
type row struct {
	program programs.Program
	missing string // why nothing was
	samples []sample

	command []string
	dir     string
}

func measure(ctx context.Context, groups [][]programs.Program, runs int) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-footprint-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	child, err := filepath.EvalSymlinks(sleep)
	if err != nil {
		return nil, fmt.Errorf("cannot find the children's program: %w", err)
	}
	var all []*row
	var prepared [][]*row
	for i, group := range groups {
		rows, err := prepare(filepath.Join(dir, fmt.Sprint(i)), group, child)
		if err != nil {
			return nil, err
		}
		prepared = append(prepared, rows)
		all = append(all, rows...)
	}
	for range runs {
		for _, rows := range prepared {
			err := look(ctx, rows, child)
			if failure := spawn.Sweep(patience); err == nil {
				err = failure
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func prepare(dir string, group []programs.Program, child string) ([]*row, error) {
	var rows []*row
	for i, p := range group {
		r := &row{program: p, missing: p.Missing(), dir: filepath.Join(dir, fmt.Sprint(i))}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return nil, err
		}
		var err error
		if r.command, err = p.Prepare(r.dir, programs.Child{Argv: []string{child, "600"}}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// look runs the programs at the same time and adds a sample to each.
func look(ctx context.Context, rows []*row, child string) (err error) {
	running := map[*row]*spawn.Process{}
	defer func() {
		for r, process := range running {
			if _, failure := process.Stop(r.program.Stop, patience); err == nil {
				err = failure
			}
		}
	}()
	for _, r := range rows {
		if r.missing != "" {
			continue
		}
		if running[r], err = spawn.Start(r.command, spawn.Options{Dir: r.dir}); err != nil {
			delete(running, r)
			return err
		}
	}
	if err := pause(ctx, settling); err != nil {
		return err
	}
	before := map[*row]int{}
	for r, process := range running {
		s, err := take(process.PID, r.program, child)
		if err != nil {
			return err
		}
		r.samples = append(r.samples, s)
		before[r] = s.wakeups
	}
	if err := pause(ctx, idle); err != nil {
		return err
	}
	for r, process := range running {
		s, err := take(process.PID, r.program, child)
		if err != nil {
			return err
		}
		r.samples[len(r.samples)-1].wakeups = s.wakeups - before[r]
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("interrupted")
	case <-time.After(d):
		return nil
	}
}

// take sums up the processes of a program that are not its children. Wakeups are
// counted since their start.
func take(pid int, program programs.Program, child string) (sample, error) {
	below, err := spawn.Descendants(pid)
	if err != nil {
		return sample{}, err
	}
	var s sample
	children := 0
	for _, pid := range append([]int{pid}, below...) {
		if file, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && file == child {
			children++
			continue
		}
		memory, err := spawn.ReadMemory(pid)
		if err != nil {
			return sample{}, err
		}
		tasks, err := spawn.ReadTasks(pid)
		if err != nil {
			return sample{}, err
		}
		s.memory.Add(memory)
		s.processes++
		s.threads += tasks.Threads
		s.wakeups += tasks.Switches
	}
	if children != program.Children {
		return sample{}, fmt.Errorf("cannot measure %s: %d of its %d children run", program.Name, children, program.Children)
	}
	return s, nil
}
