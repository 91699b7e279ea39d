package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// emulators are the programs of Debian's package qemu-user-static.
var emulators = map[string]string{
	"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static", "armv7": "qemu-arm-static",
	"riscv64": "qemu-riscv64-static", "s390x": "qemu-s390x-static", "ppc64le": "qemu-ppc64le-static",
}

// TestProgramsRunEmulated runs what `make dist` has made, on every architecture that it
// has made it for. NILE_DIST is the directory; without it there is nothing to run.
func TestProgramsRunEmulated(t *testing.T) {
	dist := os.Getenv("NILE_DIST")
	if dist == "" {
		t.Skip("needs a release: make dist && NILE_DIST=$PWD/build/dist go test ./dist")
	}
	for name, emulator := range emulators {
		archives, _ := filepath.Glob(filepath.Join(dist, "nile-*-linux-"+name+".tar.gz"))
		if len(archives) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(emulator); err != nil {
				t.Skip("needs " + emulator + ": apt-get install qemu-user-static")
			}
			dir := t.TempDir()
			if out, err := exec.Command("tar", "--extract", "--strip-components=1", "--directory", dir, "--file", archives[0]).CombinedOutput(); err != nil {
				t.Fatalf("cannot unpack: %v\n%s", err, out)
			}
			version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(archives[0]), "nile-"), "-linux-"+name+".tar.gz")
			for command, want := range map[string]string{
				"nile version":           "nile " + version,
				"nile -- true":           "",
				"nile-pause -v":          "nile-pause " + version,
				"nile-zk --version":      "nile-zk " + version,
				"nile -- sh -c 'exit 0'": "",
			} {
				program, arguments, _ := strings.Cut(command, " ")
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				run := exec.CommandContext(ctx, "sh", "-c", emulator+" "+dir+"/"+program+" "+arguments)
				run.Env = append(os.Environ(), "NILE_CONTROL=off", "NILE_LOG_LEVEL=error")
				out, err := run.CombinedOutput()
				cancel()
				if err != nil || !strings.HasPrefix(string(out), want) {
					t.Errorf("%s: %v\n%s", command, err, out)
				}
			}
		})
	}
}
