// Command size tells how large the programs are, stripped and compressed: nile and
// nile-pause beside what else is built from Go for the same work.
//
//	go run ./bench/size -nile build/nile
package main

import (
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nile-init/nile/bench/internal/harness"
	"github.com/nile-init/nile/bench/internal/report"
	"github.com/nile-init/nile/bench/internal/table"
)

const (
	megabyte  = 1e6
	nileGoal  = 9   // MB
	pauseGoal = 1.7 // MB
)

// entry is a row of the result.
type entry struct {
	Program string `json:"program"`
	Missing string `json:"missing,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Gzip    int64  `json:"gzipBytes,omitempty"`
}

// result is what the benchmark found.
type result struct {
	Machine report.Machine `json:"machine"`
	Rows    []entry        `json:"rows"`
	Goals   []report.Goal  `json:"goals"`
}

func main() {
	peers := flag.String("peers", "build/peers", "the `directory` with what bench/setup.sh has built")
	harness.Main("size", func(_ context.Context, nile string) (harness.Result, error) {
		res := result{Machine: report.ThisMachine()}
		dir, err := os.MkdirTemp("", "nile-bench-size-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		pause := filepath.Join(dir, "pause")
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", pause, "./cmd/nile-pause")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("cannot build nile-pause: %w\n%s", err, said)
		}
		for _, p := range []struct{ name, file string }{
			{"nile", nile}, {"nile-pause", pause},
			{"pebble", filepath.Join(*peers, "pebble")}, {"process-compose", filepath.Join(*peers, "process-compose")},
		} {
			e := entry{Program: p.name}
			if e.Bytes, e.Gzip, err = sizes(p.file); err != nil {
				e.Missing = "its module could not be had"
			}
			res.Rows = append(res.Rows, e)
		}
		res.Goals = []report.Goal{
			report.NewGoal("nile's program, stripped", float64(res.Rows[0].Bytes)/megabyte, nileGoal, "MB"),
			report.NewGoal("nile-pause's program, stripped", float64(res.Rows[1].Bytes)/megabyte, pauseGoal, "MB"),
		}
		return res, nil
	})
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// sizes are those of a file, and of the same compressed as well as gzip can.
func sizes(file string) (plain, compressed int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	var size counter
	to, err := gzip.NewWriterLevel(&size, gzip.BestCompression)
	if err != nil {
		return 0, 0, err
	}
	if plain, err = io.Copy(to, f); err != nil {
		return 0, 0, err
	}
	err = to.Close()
	return plain, int64(size), err
}

// Print implements [harness.Result].
func (r result) Print(w io.Writer) error {
	fmt.Fprintf(w, "Programs without symbols, in MB\n%s\n\n", r.Machine)
	t := table.New("program", "stripped>", "gzip>")
	for _, e := range r.Rows {
		if e.Missing != "" {
			t.Row(e.Program, e.Missing)
			continue
		}
		t.Row(e.Program, fmt.Sprintf("%.2f", float64(e.Bytes)/megabyte), fmt.Sprintf("%.2f", float64(e.Gzip)/megabyte))
	}
	if err := t.Print(w); err != nil {
		return err
	}
	return report.PrintGoals(w, r.Goals)
}
