package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNothingHasAllocatedBeforeThereIsOneProcessor holds the order of initialisation that
// the memory of an idle nile depends on.
func TestNothingHasAllocatedBeforeThereIsOneProcessor(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin, "nile"), "--", "true")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	before, _, found := strings.Cut(string(out), "init github.com/nile-init/nile/internal/processors ")
	if err != nil || !found {
		t.Fatalf("package processors is not initialised: %v\n%s", err, out)
	}
	for line := range strings.Lines(before) {
		if strings.HasPrefix(line, "init ") && !strings.Contains(line, " 0 bytes, 0 allocs") {
			t.Errorf("it has by then: %s", line)
		}
	}
}

// TestOneProcessorUntilTheStartIsOver asks Go's scheduler: an idle nile has one until the
// start is over, and two from then on.
func TestOneProcessorUntilTheStartIsOver(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("this machine has one processor")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "nile"), "--", "sleep", "3600")
	cmd.Env = append(os.Environ(), "GODEBUG=schedtrace=50")
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(said)
	for _, want := range []string{" gomaxprocs=1 ", " gomaxprocs=2 "} {
		for found := false; !found; found = strings.Contains(lines.Text(), want) {
			if !lines.Scan() {
				t.Fatalf("nile ended without%s", want)
			}
		}
	}
}
