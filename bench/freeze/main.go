// Command freeze measures what --freeze costs a JVM: the same Java program under
// `nile --hold` and under `nile --hold --freeze`, in turns. Its work is what a service
// does to a tracer: garbage collection, null pointers, a pool of threads. The second
// pair of rows is the worst case, a program that does nothing but start threads, each of
// which stops for the tracer three times.
//
//	go run ./bench/freeze -nile build/nile
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/report"
)

//go:embed Work.java
var source []byte

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 100 * time.Second

// load is what the program is told to do.
type load struct {
	name            string
	rounds, threads int
	goal            float64 // how much longer it may take; 0 for none
}

// A JVM is to keep 0.95 of its speed.
var loads = []load{
	{"work of a service", 500_000, 0, 1 / 0.95},
	{"2,000 threads, one after the other", 0, 2000, 0},
}

func main() {
	harness.Runs("freeze", 10, "how often each is run", func(ctx context.Context, nile string, runs int) (harness.Result, error) {
		machine := report.ThisMachine()
		rows, err := measure(ctx, nile, runs)
		if err != nil {
			return nil, err
		}
		return newResult(machine, rows), nil
	})
}

// row is a load and its measurements, of each run without and with --freeze.
type row struct {
	load
	wall, cpu [2][]float64 // milliseconds: the program's own, and of nile and the program
}

func measure(ctx context.Context, nile string, runs int) ([]*row, error) {
	dir, err := os.MkdirTemp("", "nile-bench-freeze-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "Work.java")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return nil, err
	}
	if said, err := exec.CommandContext(ctx, "javac", "-d", dir, file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot compile Work.java: %w: %s: apt-get install openjdk-17-jdk-headless", err, said)
	}
	var rows []*row
	for _, l := range loads {
		rows = append(rows, &row{load: l})
	}
	end := time.Now().Add(limit)
	for round := 0; round < runs && time.Now().Before(end); round++ {
		for _, r := range rows {
			for i := range 2 {
				with := (i + round) % 2 // who is first takes turns too
				if err := r.once(ctx, nile, dir, with); err != nil {
					return nil, err
				}
			}
		}
	}
	return rows, nil
}

func (r *row) once(ctx context.Context, nile, dir string, with int) error {
	args := []string{"--hold", "--hold-for=1ms", "--control=off", "--log-level=error"}
	if with == 1 {
		args = append(args, "--freeze")
	}
	args = append(args, "--", "java", "-Xmx128m", "-cp", dir, "Work", strconv.Itoa(r.rounds), strconv.Itoa(r.threads))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nile, args...)
	cmd.WaitDelay = time.Second
	said, err := cmd.Output()
	micros, number := strconv.ParseFloat(strings.TrimSpace(string(said)), 64)
	if err != nil || number != nil {
		return fmt.Errorf("cannot measure %v: %w: it said %q", cmd.Args, err, said)
	}
	r.wall[with] = append(r.wall[with], micros/1000)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.cpu[with] = append(r.cpu[with], float64(cpu)/float64(time.Millisecond))
	return nil
}
