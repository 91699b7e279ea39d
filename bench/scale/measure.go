package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	settling = 5 * time.Second  // from when all run until they are watched
	idle     = 5 * time.Second  // in which processor time and wakeups are counted
	patience = 40 * time.Second // for all children to run, and for an end
	sleep    = "/bin/sleep"     // the children's program
)

var errSlow = errors.New("not all children run")

// row is a program and what was found.
type row struct {
	program programs.Program
	missing string // why nothing was

	start     time.Duration // until all children ran
	memory    spawn.Memory  // of the program's own processes
	processes int
	cpu       time.Duration // within the idle time
	wakeups   int
}

func measure(ctx context.Context, contenders []programs.Program) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-scale-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	child, err := filepath.EvalSymlinks(sleep)
	if err != nil {
		return nil, fmt.Errorf("cannot find the children's program: %w", err)
	}
	var rows []*row
	for i, p := range contenders {
		r := &row{program: p, missing: p.Missing()}
		rows = append(rows, r)
		if r.missing != "" {
			continue
		}
		err := r.once(ctx, filepath.Join(dir, fmt.Sprint(i)), child)
		if failure := spawn.Sweep(patience); err == nil {
			err = failure
		}
		switch {
		case errors.Is(err, errSlow) && i > 0: // a peer, on a machine that is busy
			r.missing = err.Error()
		case err != nil:
			return nil, fmt.Errorf("cannot measure %s: %w", p.Name, err)
		}
	}
	return rows, nil
}

// once runs the program and looks at it.
func (r *row) once(ctx context.Context, dir, child string) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	command, err := r.program.Prepare(dir, programs.Child{Argv: []string{child, "600"}})
	if err != nil {
		return err
	}
	begin := time.Now()
	process, err := spawn.Start(command, spawn.Options{Dir: dir, Env: []string{"NILE_CONTROL=" + filepath.Join(dir, "control.sock")}})
	if err != nil {
		return err
	}
	defer func() {
		if _, failure := process.Stop(r.program.Stop, patience); err == nil {
			err = failure
		}
	}()
	for {
		_, children, err := own(process.PID, child)
		if err != nil {
			return err
		}
		if children == r.program.Children {
			break
		}
		if time.Since(begin) > patience {
			return fmt.Errorf("%w: %d run after %v", errSlow, children, patience)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	r.start = time.Since(begin)
	if err := pause(ctx, settling); err != nil {
		return err
	}
	return r.watch(ctx, process.PID, child)
}

// watch looks at the program's own processes while nothing happens.
func (r *row) watch(ctx context.Context, pid int, child string) error {
	processes, _, err := own(pid, child)
	if err != nil {
		return err
	}
	r.processes = len(processes)
	cpu, wakeups, err := used(processes)
	if err != nil {
		return err
	}
	if err := pause(ctx, idle); err != nil {
		return err
	}
	if r.cpu, r.wakeups, err = used(processes); err != nil {
		return err
	}
	r.cpu, r.wakeups = r.cpu-cpu, r.wakeups-wakeups
	for _, pid := range processes {
		memory, err := spawn.ReadMemory(pid)
		if err != nil {
			return err
		}
		r.memory.Add(memory)
	}
	return nil
}

// own are the processes of a program that are not its children, and how many children
// there are.
func own(pid int, child string) (processes []int, children int, err error) {
	below, err := spawn.Descendants(pid)
	if err != nil {
		return nil, 0, err
	}
	for _, pid := range append([]int{pid}, below...) {
		if file, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && file == child {
			children++
			continue
		}
		processes = append(processes, pid)
	}
	return processes, children, nil
}

// used is the processor time, and the wakeups, of processes since their start.
func used(processes []int) (cpu time.Duration, wakeups int, err error) {
	for _, pid := range processes {
		time, err := spawn.CPU(pid)
		if err != nil {
			return 0, 0, err
		}
		tasks, err := spawn.ReadTasks(pid)
		if err != nil {
			return 0, 0, err
		}
		cpu, wakeups = cpu+time, wakeups+tasks.Switches
	}
	return cpu, wakeups, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errors.New("interrupted")
	case <-time.After(d):
		return nil
	}
}
