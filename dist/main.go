// Command dist makes what is released of nile, from one commit, always the same bytes:
//
//	go run ./dist -version v1.2.3 -out build/dist
//
// For each architecture it has the Makefile build the programs; then it writes an archive
// of them, container images, the plugin of kubectl, a software bill of materials
// (SPDX 2.3) and SHA256SUMS. It needs Go, make and a POSIX shell with tar and gzip, and no
// container engine.
//
// The images of nile and nile-pause are each one file, NAME-VERSION.oci.tar: an OCI image
// layout (github.com/opencontainers/image-spec, image-layout.md) with an index of all
// architectures, and also what `docker load` understood before it read OCI's.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// release is what is made.
type release struct {
	version, revision string
	time              time.Time // of the commit: the time of every file
	architectures     []architecture
	out               string
}

// architecture is one that nile is built for, in the words of the OCI's image index.
type architecture struct{ name, variant string }

// all are the architectures that are released.
var all = []architecture{{"amd64", ""}, {"arm64", "v8"}, {"arm", "v7"}, {"riscv64", ""}, {"s390x", ""}, {"ppc64le", ""}}

// String is how file names call it.
func (a architecture) String() string {
	if a.name == "arm" {
		return a.name + a.variant
	}
	return a.name
}

// programs are built for each architecture.
var programs = []string{"nile", "nile-pause", "nile-zk"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist: "+err.Error())
		os.Exit(1)
	}
}

func run(arguments []string) error {
	r := &release{architectures: all}
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "the version, as v1.2.3 (required)")
	flags.StringVar(&r.revision, "revision", "", "the commit")
	flags.StringVar(&r.out, "out", "build/dist", "the directory to write")
	only := flags.String("architectures", "", "only these, with spaces between, as amd64 armv7")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if r.version == "" || strings.ContainsAny(r.version, "/ \t") {
		return fmt.Errorf("cannot make a release of version %q: give -version, as v1.2.3", r.version)
	}
	if *only != "" {
		chosen, err := choose(strings.Fields(*only))
		if err != nil {
			return err
		}
		r.architectures = chosen
	}
	var err error
	if r.time, err = commitTime(); err != nil {
		return err
	}
	return r.make()
}

func choose(names []string) (chosen []architecture, err error) {
	for _, name := range names {
		found := false
		for _, a := range all {
			if a.String() == name {
				chosen, found = append(chosen, a), true
			}
		}
		if !found {
			return nil, fmt.Errorf("cannot build for %q: the architectures are %v", name, all)
		}
	}
	return chosen, nil
}

// commitTime is SOURCE_DATE_EPOCH (reproducible-builds.org/specs), or the time of the
// commit, or else the beginning of time.
func commitTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		out, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Unix(0, 0).UTC(), nil // not a clone
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot use SOURCE_DATE_EPOCH %q: it must be seconds since 1970", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// make makes everything, in a directory that is emptied first.
func (r *release) make() error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "nile-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	var built []binary
	for _, a := range r.architectures {
		made, err := r.build(a, filepath.Join(scratch, a.String()))
		if err != nil {
			return err
		}
		if err := r.archive(a, made); err != nil {
			return err
		}
		built = append(built, made...)
	}
	for _, i := range images {
		if err := r.writeImage(i, built); err != nil {
			return err
		}
	}
	if err := r.packPlugin(); err != nil {
		return err
	}
	if err := r.writeBill(built); err != nil {
		return err
	}
	return r.writeSums()
}
