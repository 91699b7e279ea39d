package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/board"
	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/spawn"
)

const (
	settling = 300 * time.Millisecond // from the last start until the stop
	patience = 15 * time.Second       // for the start of all, and for an end
)

// sample is how one run went.
type sample struct {
	start time.Duration // from nile's exec until the last container's main began
	cpu   time.Duration // nile's own for that
	stop  time.Duration // from SIGTERM until nile had ended
	after time.Duration // of that, what came after the end of the last process
}

// row is a pod and its runs.
type row struct {
	shape   shape
	samples []sample
}

// measure starts and stops the pods in turns. It returns early, with the runs that
// are complete, when the time is over, and with an error when it is interrupted.
func measure(ctx context.Context, nile string, runs int) ([]*row, error) {
	if err := spawn.Adopt(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "nile-bench-pod-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	child, err := cprogram.Build(dir, "pod")
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, s := range shapes {
		rows = append(rows, &row{shape: s})
	}
	end := time.Now().Add(limit)
	for run := 0; run < runs && time.Now().Before(end); run++ {
		for _, r := range rows {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("interrupted in run %d of %d", run+1, runs)
			}
			s, err := once(nile, child, dir, r.shape)
			if err != nil {
				return nil, fmt.Errorf("cannot measure %s: %w", r.shape.name, err)
			}
			r.samples = append(r.samples, s)
		}
	}
	return rows, nil
}

// once starts a pod and stops it.
func once(nile, child, dir string, pod shape) (s sample, err error) {
	shared, err := board.New(2 * pod.containers())
	if err != nil {
		return s, err
	}
	defer shared.Close()
	file, log := filepath.Join(dir, "pod.yaml"), filepath.Join(dir, "log")
	if err := os.WriteFile(file, []byte(pod.manifest(child, shared.Path)), 0o644); err != nil {
		return s, err
	}
	began := board.Now()
	process, err := spawn.Start([]string{nile, "run", "--termination-log", "", file}, spawn.Options{Dir: dir, Log: log})
	if err != nil {
		return s, err
	}
	last, err := started(shared, pod)
	if err == nil {
		time.Sleep(settling)
		s.start = time.Duration(last - began)
		s.cpu, err = spawn.CPU(process.PID)
	}
	asked := board.Now()
	if _, failure := process.Stop(syscall.SIGTERM, patience); err == nil {
		err = failure
	}
	ended := board.Now()
	if failure := spawn.Sweep(patience); err == nil {
		err = failure
	}
	if err != nil {
		said, _ := os.ReadFile(log)
		return s, fmt.Errorf("%w; nile said at the end: %s", err, said[max(0, len(said)-1000):])
	}
	s.stop = time.Duration(ended - asked)
	s.after = time.Duration(ended - lastEnd(shared, pod))
	return s, nil
}

// started waits until all containers have begun and returns when the last one did.
// That init containers and sidecars began one after the other is checked; mains
// may overtake each other on the way to their main.
func started(shared *board.Board, pod shape) (last int64, err error) {
	count := func() (n int) {
		for i := range pod.containers() {
			if shared.Load(2*i) != 0 {
				n++
			}
		}
		return n
	}
	if !board.Await(func() bool { return count() == pod.containers() }, 5*time.Millisecond, patience) {
		return 0, fmt.Errorf("%d of %d containers started within %s", count(), pod.containers(), patience)
	}
	for i := range pod.containers() {
		at := shared.Load(2 * i)
		// The next one waits for the end of an init container.
		if i < pod.inits && i+1 < pod.containers() && shared.Load(2*i+1) > shared.Load(2*i+2) {
			return 0, fmt.Errorf("container %d started before the end of init container %d", i+1, i)
		}
		last = max(last, at)
	}
	return last, nil
}

// lastEnd is when the last process was about to end.
func lastEnd(shared *board.Board, pod shape) (last int64) {
	for i := range pod.containers() {
		last = max(last, shared.Load(2*i+1))
	}
	return last
}
