//go:build e2e

package e2e

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCopyFromScratch uses an image that holds nile and a WAR and nothing else as a complete init container: no shell,
// no libraries, no user but a number, no capabilities, a read-only root.
func TestCopyFromScratch(t *testing.T) {
	shows(t, "nile cp and nile install in an image FROM scratch, without rights")
	scratch := newImage(t).file("nile", nile).file("war/sample.war", sampleWAR).load("--change", `ENTRYPOINT ["/nile"]`)
	volume := t.TempDir()
	if err := os.Chown(volume, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	options := []string{"--read-only", "--user", "65534:65534", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		"--volume", volume + ":/webapps"}

	t.Run("a file", func(t *testing.T) {
		if got := runToEnd(t, scratch, options, "cp", "/war/sample.war", "/webapps/"); got.code != 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		checkCopied(t, filepath.Join(volume, "sample.war"))
	})
	t.Run("a tree", func(t *testing.T) {
		if got := runToEnd(t, scratch, options, "cp", "/war", "/webapps/tree"); got.code != 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		checkCopied(t, filepath.Join(volume, "tree", "sample.war"))
	})
	t.Run("a source that is missing", func(t *testing.T) {
		got := runToEnd(t, scratch, options, "cp", "/war/other.war", "/webapps/")
		if got.code != 1 || !strings.Contains(got.stderr, "/war/other.war") {
			t.Errorf("exit code %d, want 1, and the file's name in: %s", got.code, got.stderr)
		}
	})
	t.Run("nile itself", func(t *testing.T) {
		if got := runToEnd(t, scratch, options, "install", "/webapps/nile"); got.code != 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		installed := filepath.Join(volume, "nile")
		info, err := os.Stat(installed)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o755 || read(t, installed) != read(t, nile) {
			t.Errorf("%s has mode %v and %d bytes; want 0755 and the program's own bytes", installed, info.Mode(), info.Size())
		}
	})
}

// checkCopied compares a copy of the sample WAR with the original: contents, mode, time.
func checkCopied(t *testing.T, path string) {
	t.Helper()
	want, err := os.Stat(sampleWAR)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if read(t, path) != read(t, sampleWAR) {
		t.Errorf("%s differs from the original", path)
	}
	// An image keeps whole seconds only.
	if got.Mode() != want.Mode() || got.ModTime().Unix() != want.ModTime().Unix() {
		t.Errorf("mode %v and time %v, want %v and %v", got.Mode(), got.ModTime(), want.Mode(), want.ModTime())
	}
}

// TestStaticOnEachArchitecture looks at the program under test, and at nile built for the other architecture that it is
// released for, which this machine cannot run.
func TestStaticOnEachArchitecture(t *testing.T) {
	shows(t, "nile for amd64 and arm64 needs no loader and no library")
	for architecture, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(architecture, func(t *testing.T) {
			path := nile
			if architecture != runtime.GOARCH {
				path = filepath.Join(t.TempDir(), "nile")
				if err := build(path, "GOARCH="+architecture); err != nil {
					t.Fatal(err)
				}
			}
			checkStatic(t, path, machine)
		})
	}
}

// checkStatic fails the test if a program is for another machine, or needs a loader or libraries: an image FROM scratch
// has none.
func checkStatic(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if program.Machine != machine {
		t.Errorf("it is for %v, want %v", program.Machine, machine)
	}
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
	if libraries, err := program.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("it needs the libraries %v", libraries)
	}
}
