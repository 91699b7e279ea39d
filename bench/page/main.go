// Command page runs all benchmarks, one after the other, and writes what they found as a
// page, a plot and JSON:
//
//	go run ./bench/page -nile build/nile -dir docs/reference
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nile-init/nile/bench/internal/report"
)

// names are the benchmarks, in the order of the page.
var names = []string{"start", "footprint", "scale", "reap", "signal", "restart", "stop", "pod", "output", "probes", "size"}

// patience is for one that hangs; each is bounded by itself.
const patience = 3 * time.Minute

// found is what a benchmark has said.
type found struct {
	name string
	text string          // its tables
	raw  json.RawMessage // the same as JSON
	result
}

// result is what all benchmarks' JSON has.
type result struct {
	Machine report.Machine `json:"machine"`
	Goals   []report.Goal  `json:"goals"`
}

func main() {
	nile := flag.String("nile", "build/nile", "the `file` that is nile's program")
	dir := flag.String("dir", "docs/reference", "the `directory` for benchmarks.md, benchmarks.svg and benchmarks.json")
	only := flag.String("only", strings.Join(names, ","), "which benchmarks, a `list` with commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	begun := time.Now()
	var all []*found
	for _, name := range strings.Split(*only, ",") {
		fmt.Printf("\n%s\n\n", name)
		f, err := run(ctx, name, *nile)
		if err != nil {
			fail(fmt.Errorf("cannot run bench/%s: %w", name, err))
		}
		all = append(all, f)
	}
	version, err := exec.CommandContext(ctx, *nile, "version").Output()
	if err != nil {
		fail(fmt.Errorf("cannot tell the version of %s: %w", *nile, err))
	}
	p := page{version: strings.TrimSpace(string(version)), took: time.Since(begun), found: all}
	if err := p.write(*dir); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "bench/page: %v\n", err)
	os.Exit(1)
}

// run runs a benchmark, shows what it says, and keeps it.
func run(ctx context.Context, name, nile string) (*found, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f := &found{name: name}
	var text, raw bytes.Buffer
	command := exec.CommandContext(ctx, "go", "run", "./bench/"+name, "-nile", nile, "-json")
	// SIGTERM lets it end what it has started.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	command.Stdout, command.Stderr = &raw, io.MultiWriter(os.Stdout, &text)
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, err
	}
	f.text, f.raw = text.String(), raw.Bytes()
	return f, json.Unmarshal(f.raw, &f.result)
}

// page is what is written of all.
type page struct {
	version string
	took    time.Duration
	found   []*found
}

// goals are those of all benchmarks.
func (p *page) goals() (all []report.Goal) {
	for _, f := range p.found {
		all = append(all, f.Goals...)
	}
	return all
}

// write writes the three files.
func (p *page) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	whole := map[string]json.RawMessage{}
	for _, f := range p.found {
		whole[f.name] = f.raw
	}
	var asJSON bytes.Buffer
	if err := report.WriteJSON(&asJSON, map[string]any{"nile": p.version, "benchmarks": whole}); err != nil {
		return err
	}
	text, err := p.markdown()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"benchmarks.json": asJSON.Bytes(), "benchmarks.svg": plot(p.goals()), "benchmarks.md": text} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("\nwritten to %s: benchmarks.md, benchmarks.svg, benchmarks.json (%s)\n", dir, p.took.Round(time.Second))
	return nil
}
