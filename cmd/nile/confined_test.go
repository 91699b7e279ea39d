package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/testprogram/seccomp"
)

// profileVariable names a seccomp profile under which the tests of this package run nile and all that it starts:
//
//	NILE_TEST_SECCOMP=../../deploy/seccomp/nile.json go test ./cmd/nile
const profileVariable = "NILE_TEST_SECCOMP"

// confine builds a nile in a directory that takes on a seccomp profile with its first instructions: the entry point of
// internal/testprogram/confined is linked in, by an overlay, and nothing else is changed.
func confine(dir, profile string) error {
	filter, err := filterOf(profile)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "nile-overlay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	const entry = "internal/testprogram/confined"
	replace := map[string]string{}
	for place, text := range map[string][]byte{
		"confined.go":                   []byte("package main\n\nimport _ \"github.com/nile-init/nile/" + entry + "\"\n"),
		"../../" + entry + "/filter.go": seccomp.Source("confined", filter),
	} {
		full, err := filepath.Abs(place)
		if err != nil {
			return err
		}
		replace[full] = filepath.Join(scratch, filepath.Base(place))
		if err := os.WriteFile(replace[full], text, 0o644); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	list := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return err
	}
	return buildNile(dir, "confined_start", "-overlay", list)
}

// filterOf compiles a profile for this machine.
func filterOf(file string) ([]unix.SockFilter, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	profile, err := seccomp.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	numbers, err := seccomp.Numbers(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	return profile.Compile(numbers)
}

// TestUnderTheShippedProfile runs scripts of all kinds with deploy/seccomp/nile.json; with NILE_TEST_SECCOMP all
// tests are run so.
func TestUnderTheShippedProfile(t *testing.T) {
	if os.Getenv(profileVariable) != "" {
		t.Skip("all tests are run under a profile")
	}
	parent, err := os.MkdirTemp("", "nile-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) }) // the scripts are run in parallel, after this function
	dir := filepath.Join(parent, "bin")
	for _, err := range []error{
		os.Chmod(parent, 0o755), // other users run nile in some scripts
		os.Mkdir(dir, 0o755),
		os.Link(filepath.Join(bin, "testprogram"), filepath.Join(dir, "testprogram")),
		confine(dir, filepath.Join("..", "..", "deploy", "seccomp", "nile.json")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(filepath.Join(dir, "nile"), "--", "sh", "-c", "grep Seccomp: /proc/self/status; unshare --user true").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Seccomp:\t2\n") || !strings.Contains(string(out), "unshare failed: Operation not permitted") {
		t.Fatalf("a child of nile is not confined: %v\n%s", err, out)
	}
	demo := exec.Command(filepath.Join(dir, "nile"), "run", "--control=off", filepath.Join("..", "..", "testdata", "pods", "demo.yaml"))
	demo.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := demo.CombinedOutput(); err != nil {
		t.Errorf("the demo: %v\n%s", err, out)
	}
	var files []string
	for _, name := range []string{"hold", "freeze", "report", "exec", "run_status", "output_modes", "output_files", "operate", "notify", "reload_triggers", "security_secrets"} {
		files = append(files, filepath.Join("..", "..", "testdata", "script", name+".txtar"))
	}
	runScripts(t, testscript.Params{Files: files}, dir)
}
