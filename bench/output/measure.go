package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

const slowRounds = 3 // of a contender that takes seconds

// row is a contender and its measurements, a round's at its number; NaN where
// there is none.
type row struct {
	*contender
	perSecond []float64 // lines
	processor []float64 // nanoseconds a line
}

// measure has all contenders take turns.
func measure(lines, rounds int) ([]*row, error) {
	dir, err := os.MkdirTemp("", "nile-bench-output-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var rows []*row
	for _, c := range contenders() {
		rows = append(rows, &row{contender: c})
	}
	// A fixed seed: the orders are mixed, and the same in every run. The first
	// round doesn't count.
	order := rand.New(rand.NewPCG(1, 2))
	for round := -1; round < rounds; round++ {
		for _, i := range order.Perm(len(rows)) {
			r := rows[i]
			perSecond, processor := math.NaN(), math.NaN()
			if r.missing == "" && !(r.slow && (round < 0 || round >= slowRounds)) {
				if perSecond, processor, err = once(r.contender, dir, lines); err != nil {
					return nil, fmt.Errorf("cannot measure %s: %w", r.name, err)
				}
			}
			if round >= 0 {
				r.perSecond = append(r.perSecond, perSecond)
				r.processor = append(r.processor, processor)
			}
		}
	}
	return rows, nil
}

// once has the lines pass once.
func once(c *contender, dir string, lines int) (perSecond, processor float64, err error) {
	in, out, err := os.Pipe()
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	defer out.Close()
	reportIn, report, err := os.Pipe()
	if err != nil {
		return 0, 0, err
	}
	defer reportIn.Close()
	defer report.Close()
	reader, err := playing("reader", "-", lines)
	if err != nil {
		return 0, 0, err
	}
	reader.Stdin = in
	answer, err := reader.StdoutPipe()
	if err == nil {
		err = reader.Start()
	}
	if err != nil {
		return 0, 0, err
	}
	defer func() { end(reader) }()
	middle, producer, err := c.start(dir, lines, out, report)
	defer func() { end(middle); end(producer) }()
	if err != nil {
		return 0, 0, err
	}
	out.Close()
	report.Close()
	// A reader that waits for ever is ended by this, and then says how little
	// came.
	stuck := time.AfterFunc(patience, func() { end(middle); end(producer) })
	defer stuck.Stop()
	var got seen
	if err := json.NewDecoder(answer).Decode(&got); err != nil {
		return 0, 0, fmt.Errorf("the reader ended: %w", err)
	}
	if got.Lines != lines {
		return 0, 0, fmt.Errorf("%d of %d lines came", got.Lines, lines)
	}
	return float64(lines) / time.Duration(got.Nanoseconds).Seconds(), c.processor(middle, reportIn) / float64(lines), nil
}

// processor is the processor time that a contender has taken, in nanoseconds.
func (c *contender) processor(middle *exec.Cmd, report *os.File) float64 {
	var host spent
	switch {
	case c.mode != "":
		if json.NewDecoder(report).Decode(&host) == nil {
			return float64(host.Nanoseconds)
		}
	case c.filter != nil:
		if middle.Wait() == nil {
			return float64(middle.ProcessState.UserTime() + middle.ProcessState.SystemTime())
		}
	}
	return math.NaN() // a supervisor's includes its child's
}

// end ends a process that was started, whatever it does.
func end(cmd *exec.Cmd) {
	if cmd == nil || cmd.Process == nil || cmd.ProcessState != nil {
		return
	}
	_ = cmd.Process.Signal(unix.SIGTERM) // supervisord takes its child along
	late := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait()
}
