package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nile-init/nile/bench/internal/cprogram"
	"github.com/nile-init/nile/bench/internal/programs"
	"github.com/nile-init/nile/bench/internal/spawn"
)

// buildPauses builds nile-pause, as its image has it, and a pause container in C.
func buildPauses(dir string) ([]programs.Program, error) {
	ours := filepath.Join(dir, "nile-pause")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", ours, "github.com/nile-init/nile/cmd/nile-pause")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot build nile-pause: %w\n%s", err, out)
	}
	inC, err := cprogram.Build(dir, "pause")
	if err != nil {
		return nil, err
	}
	// Pages that are not yet on the disk count as dirty.
	for _, file := range []string{ours, inC} {
		if err := spawn.WriteBack(file); err != nil {
			return nil, err
		}
	}
	return []programs.Program{programs.NilePause(ours), programs.CPause(inC)}, nil
}
