// Package cprogram compiles the small static C programs with which the benchmarks
// measure. They are C because a program in Go would take longer to start and to
// handle a signal than what is measured.
package cprogram

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed c
var sources embed.FS

// Build compiles a program into dir and returns its path. It needs a C compiler by
// the name of cc.
func Build(dir, name string) (string, error) {
	for _, file := range []string{"board.h", name + ".c"} {
		source, err := sources.ReadFile("c/" + file)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, file), source, 0o644); err != nil {
			return "", fmt.Errorf("cannot write the source of %s: %w", name, err)
		}
	}
	program := filepath.Join(dir, name)
	out, err := exec.Command("cc", "-O2", "-Wall", "-static", "-s", "-o", program, program+".c").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot compile %s.c: %w; bench/setup.sh installs a compiler\n%s", program, err, out)
	}
	return program, nil
}
