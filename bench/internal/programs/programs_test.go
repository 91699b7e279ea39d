package programs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nile-init/nile/internal/manifest"
)

func TestNilePodIsOneThatNileTakes(t *testing.T) {
	dir := t.TempDir()
	argv, err := NilePod("/usr/bin/nile", 3).Prepare(dir, Child{Argv: []string{"/bin/echo", `a "b" \ c`}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/usr/bin/nile", "run", filepath.Join(dir, "pod.yaml")}; !slices.Equal(argv, want) {
		t.Errorf("command %q, want %q", argv, want)
	}
	data, err := os.ReadFile(argv[2])
	if err != nil {
		t.Fatal(err)
	}
	pod, err := manifest.Load(argv[2], data, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(pod.Spec.Main) != 3 {
		t.Fatalf("%d containers, want 3", len(pod.Spec.Main))
	}
	for _, c := range pod.Spec.Main {
		if want := []string{"/bin/echo", `a "b" \ c`}; !slices.Equal(c.Process.Argv, want) {
			t.Errorf("container %s runs %q, want %q", c.Name, c.Process.Argv, want)
		}
	}
}

func TestWrappersGetTheChildAfterTheirOptions(t *testing.T) {
	for _, test := range []struct {
		program Program
		want    []string
	}{
		{Bare(), []string{"/bin/sleep", "9"}},
		{Tini(), []string{"/usr/bin/tini", "-s", "--", "/bin/sleep", "9"}},
		{Nile("/nile"), []string{"/nile", "--", "/bin/sleep", "9"}},
	} {
		got, err := test.program.Prepare("", Child{Argv: []string{"/bin/sleep", "9"}})
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v; want %q", test.program.Name, got, err, test.want)
		}
	}
}

func TestS6RunsTheChildItselfWhereItCan(t *testing.T) {
	for run, want := range map[string]string{"": "#!/bin/sh\nexec /bin/sleep 9\n", "/bin/stamp": "-> /bin/stamp"} {
		dir := t.TempDir()
		if _, err := S6(2).Prepare(dir, Child{Argv: []string{"/bin/sleep", "9"}, Run: run}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "scan", "child2", "run")
		got, err := os.Readlink(file)
		got = "-> " + got
		if err != nil {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got = string(raw)
		}
		if got != want {
			t.Errorf("run is %q, want %q", got, want)
		}
	}
}
