package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/copytree"
)

const (
	installedName = "nile"
	installedMode = 0o755
)

const installLong = `Copy the running nile to DST, with mode 0755, in one step: what is there, even a
nile that runs, is replaced when the new one is whole. If the same program is
there already, nothing is written.

DST is a directory, which gets nile under its own name or that of --as, or the
file to write. An init container with the image of nile does this to give nile
to a container whose image lacks it.

Exit code: 0 DST is this nile, 1 it could not be written, 2 usage.`

const installExample = `  # In an init container, onto a volume that the next container mounts:
  nile install /shared/bin/

  # In the place of the init that an image starts:
  nile install --as tini /usr/bin`

type installOptions struct {
	name            string
	makeDirectories bool
	verbose         bool
}

// newInstallCommand is `nile install`.
func newInstallCommand() *cobra.Command {
	var options installOptions
	command := &cobra.Command{
		Use:     "install [flags] DST",
		Short:   "Copy nile itself to a directory or file, atomically",
		Long:    installLong,
		Example: installExample,
		Args: func(command *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usageErrorf("cannot install: %d arguments given instead of one, DST: see %s --help",
					len(arguments), command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			path, err := installSelf(command.Context(), arguments[0], options)
			if err == nil && options.verbose {
				fmt.Fprintln(command.OutOrStdout(), path)
			}
			return err
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.name, "as", "", "the name to get in the directory DST (default nile)")
	flags.BoolVar(&options.makeDirectories, "mkdir", false, "make the directories that DST lacks (mode 0755)")
	flags.BoolVarP(&options.verbose, "verbose", "v", false, "print the path of the installed file")
	return command
}

// installSelf copies the running program and returns where it is now.
func installSelf(ctx context.Context, destination string, options installOptions) (string, error) {
	target, err := installTarget(destination, options)
	if err != nil {
		return "", err
	}
	self, err := openSelf()
	if err != nil {
		return "", failed(err)
	}
	defer self.Close()
	if sameProgram(self, target) {
		return target, nil
	}
	if _, err := self.Seek(0, io.SeekStart); err != nil {
		return "", failed(fmt.Errorf("cannot read nile's own program file: %w", err))
	}
	return target, failed(copytree.ReplaceFile(ctx, self, target, installedMode))
}

// installTarget is the file to write.
func installTarget(destination string, options installOptions) (string, error) {
	if destination == "" {
		return "", usageErrorf("cannot install: DST is empty: name the directory or file to write")
	}
	if strings.Contains(options.name, "/") || options.name == "." || options.name == ".." {
		return "", usageErrorf("cannot install as %q: --as takes a name without /: put the directory into DST", options.name)
	}
	named := options.name != ""
	needsDirectory := named || strings.HasSuffix(destination, "/")
	if options.makeDirectories {
		wanted := filepath.Dir(destination)
		if needsDirectory {
			wanted = destination
		}
		if err := os.MkdirAll(wanted, 0o755); err != nil {
			return "", failed(fmt.Errorf("cannot make the directory %s: %w: choose one that user %d may write to",
				wanted, rootCause(err), os.Geteuid()))
		}
	}
	about, err := os.Stat(destination)
	switch {
	case err == nil && about.IsDir():
		name := installedName
		if named {
			name = options.name
		}
		return filepath.Join(destination, name), nil
	case needsDirectory && errors.Is(err, fs.ErrNotExist):
		return "", failed(fmt.Errorf("cannot install in %s: there is no such directory: make it first, or use --mkdir", destination))
	case needsDirectory:
		return "", failed(fmt.Errorf("cannot install in %s: it is not a directory: choose one", destination))
	}
	return destination, nil
}

// rootCause is the bare reason at the end of an error from the os package, whose
// text repeats the path.
func rootCause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// openSelf opens the program that runs. /proc knows it even if its file has been
// removed; without /proc, in an image FROM scratch say, the name that it was
// started by leads there.
func openSelf() (*os.File, error) {
	self, err := os.Open("/proc/self/exe")
	if err == nil {
		return self, nil
	}
	name := os.Args[0]
	if strings.Contains(name, "/") {
		self, err = os.Open(name)
	} else {
		self, err = openInPath(name)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read nile's own program file: %w: mount /proc, or start nile by its full path", err)
	}
	return self, nil
}

// openInPath looks a program up in $PATH. (os/exec would do it, but costs every
// start of nile the initialisation of a package it has no other use for.)
func openInPath(name string) (*os.File, error) {
	for _, directory := range filepath.SplitList(os.Getenv("PATH")) {
		file, err := os.Open(filepath.Join(directory, name))
		if err == nil {
			return file, nil
		}
	}
	return nil, fmt.Errorf("%s is not in $PATH", name)
}

// sameProgram reports whether the target is a regular file with the contents of
// the running program and the right mode. Any doubt means no: then it is written.
func sameProgram(self *os.File, target string) bool {
	about, err := os.Lstat(target)
	if err != nil || about.Mode() != installedMode {
		return false
	}
	own, err := self.Stat()
	if err != nil || own.Size() != about.Size() {
		return false
	}
	installed, err := os.Open(target)
	if err != nil {
		return false
	}
	defer installed.Close()
	return sameBytes(self, installed)
}

func sameBytes(a, b io.Reader) bool {
	var blocks [2][64 << 10]byte
	for {
		lengthA, errA := io.ReadFull(a, blocks[0][:])
		lengthB, errB := io.ReadFull(b, blocks[1][:])
		if !bytes.Equal(blocks[0][:lengthA], blocks[1][:lengthB]) {
			return false
		}
		endA := errors.Is(errA, io.EOF) || errors.Is(errA, io.ErrUnexpectedEOF)
		endB := errors.Is(errB, io.EOF) || errors.Is(errB, io.ErrUnexpectedEOF)
		if endA || endB || errA != nil || errB != nil {
			return endA && endB
		}
	}
}
