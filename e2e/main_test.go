//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nile is the path of the binary under test.
var nile string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "e2e: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	if os.Geteuid() != 0 {
		return 0, fmt.Errorf("must be run as root: the pod's containers have users of their own, and network namespaces are entered")
	}
	if output, err := command("docker", "version").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("cannot reach a Docker engine at DOCKER_HOST=%q: %w: run e2e/run.sh, which starts one\n%s",
			os.Getenv("DOCKER_HOST"), err, output)
	}
	directory, err := os.MkdirTemp("", "nile-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(directory)
	// The pod's users run it as well, so they must get at it.
	if err := os.Chmod(directory, 0o755); err != nil {
		return 0, err
	}
	// Under its own name, whatever the file is called, since the manifest's init step calls "nile".
	nile = filepath.Join(directory, "nile")
	if given := os.Getenv("NILE_BINARY"); given == "" {
		err = build(nile)
	} else {
		err = useBinary(given)
	}
	if err != nil {
		return 0, err
	}
	crictl = filepath.Join(directory, "crictl")
	began := time.Now()
	code := m.Run()
	removeMachineImage()
	printTable(os.Stdout, time.Since(began))
	return code, nil
}

func useBinary(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("NILE_BINARY=%q is not an absolute path", path)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot use NILE_BINARY: %w", err)
	}
	return os.WriteFile(nile, program, 0o755)
}

// build builds nile as it is released: static, stripped. env adds to the environment, as GOARCH=arm64.
func build(path string, env ...string) error {
	build := command("go", "build", "-trimpath", "-ldflags", "-s -w -E nile_start", "-o", path, "../cmd/nile")
	build.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build nile: %w\n%s", err, output)
	}
	return nil
}

// command is a program that is ended after three minutes, more than any needs.
func command(name string, args ...string) *exec.Cmd {
	return exec.Command("timeout", append([]string{"--kill-after=5", "180", name}, args...)...)
}

// eventually asks until the answer is yes, and fails the test if it isn't within the time. what ends the sentence
// "not within 20s: …" and is asked for only then, so that it can tell what there was instead.
func eventually(t *testing.T, within time.Duration, what func() string, yes func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !yes() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// read returns a file's text, or nothing where it isn't there yet.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}
