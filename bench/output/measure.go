package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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

// limit ends the measuring: the table then shows the rounds done so far.
const limit = 100 * time.Second

// memory is where files are written if it is there: a disk's speed is nobody's merit.
const memory = "/dev/shm"

// measure has all contenders take turns.
func measure(nile string, lines, rounds int) ([]*row, error) {
	base := ""
	if about, err := os.Stat(memory); err == nil && about.IsDir() {
		base = memory
	}
	dir, err := os.MkdirTemp(base, "nile-bench-output-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var rows []*row
	for _, c := range contenders(nile) {
		rows = append(rows, &row{contender: c})
	}
	// A fixed seed: the orders are mixed, and the same in every run. The first
	// round doesn't count.
	order := rand.New(rand.NewPCG(1, 2))
	begun := time.Now()
	for round := -1; round < rounds && (round < 1 || time.Since(begun) < limit); round++ {
		for _, i := range order.Perm(len(rows)) {
			r := rows[i]
			perSecond, processor := math.NaN(), math.NaN()
			if r.missing == "" && !(r.slow && (round < 0 || round >= slowRounds)) {
				if perSecond, processor, err = once(r.contender, filepath.Join(dir, fmt.Sprint(i, " ", round)), lines); err != nil {
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

// once has the lines pass once, in a directory of its own.
func once(c *contender, dir string, lines int) (perSecond, processor float64, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	if c.toFile {
		return onceToFile(c, dir, lines)
	}
	return onceToReader(c, dir, lines)
}

// onceToFile has the lines go into files, and looks at the end of the last one.
func onceToFile(c *contender, dir string, lines int) (perSecond, processor float64, err error) {
	reportIn, report, err := os.Pipe()
	if err != nil {
		return 0, 0, err
	}
	defer reportIn.Close()
	defer report.Close()
	begin := time.Now()
	middle, producer, err := c.start(dir, lines, nil, report)
	defer func() { end(middle); end(producer) }()
	if err != nil {
		return 0, 0, err
	}
	report.Close()
	stuck := time.AfterFunc(patience, func() { end(middle); end(producer) })
	defer stuck.Stop()
	processor = c.processor(middle, reportIn)
	_ = middle.Wait() // or it has been waited for
	took := time.Since(begin)
	for _, file := range []string{logFile, "log/current"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err == nil && len(text)%lineLength == 0 && len(text) > 0 {
			return float64(lines) / took.Seconds(), processor / float64(lines), nil
		}
	}
	return 0, 0, fmt.Errorf("the last file does not end with a whole line")
}

// onceToReader has the lines go to a reader.
func onceToReader(c *contender, dir string, lines int) (perSecond, processor float64, err error) {
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
