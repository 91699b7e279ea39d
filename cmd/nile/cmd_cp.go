package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/copytree"
)

const copyLong = `Copy files and directory trees, as cp -a does, with nothing but nile itself: no
shell, no /proc, no /tmp. An image FROM scratch with nile and a WAR in it is a
complete init container.

Kept are contents with their holes, modes, times to the nanosecond, symbolic and
hard links, FIFOs, and where permitted owners, extended attributes and devices.
Sockets are skipped with a word on stderr.

Where SRC goes:
  DST is a directory    to DST/name, under SRC's last name
  DST is anything else  SRC becomes DST; what is there is replaced
  DST ends in /         DST is a directory, or must be made one with --mkdir
  SRC is a link         the link is copied; SRC/ means the directory behind it
  SRC is DIR/.          DIR's contents go to DST; a DST that is there keeps
                        its mode, owner and times, which a volume needs
  several SRC           DST is a directory

Each file is written under a temporary name beside its target (.nile-…) and
renamed when it is whole: a server that watches the directory never sees half a
WAR. A copy that TERM, INT or HUP interrupts leaves whole files only. Nothing is
written through a symbolic link inside DST. After an error the other files are
copied all the same; the errors come at the end.

Exit code: 0 all copied, 1 something was not, 2 usage.`

const copyExample = `  # Put the application of this image on the volume of the server's:
  nile cp /app.war /webapps/

  # Fill a volume with a tree's contents, and say what was done:
  nile cp --verbose /config/. /etc/app`

// newCopyCommand is `nile cp`.
func newCopyCommand() *cobra.Command {
	var options copytree.Options
	var verbose, archive bool
	command := &cobra.Command{
		Use:     "cp [flags] SRC… DST",
		Short:   "Copy files and trees with modes, times and links, atomically",
		Long:    copyLong,
		Example: copyExample,
		Args: func(command *cobra.Command, arguments []string) error {
			if len(arguments) < 2 {
				return usageErrorf("cannot copy: %d of the two arguments SRC and DST given: see %s --help",
					len(arguments), command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			last := len(arguments) - 1
			return failed(runCopy(command.Context(), command.ErrOrStderr(), arguments[:last], arguments[last], options, verbose))
		},
	}
	flags := command.Flags()
	flags.BoolVarP(&options.Dereference, "dereference", "L", false, "copy what symbolic links in SRC point to, instead of the links")
	flags.BoolVar(&options.MakeDirectories, "mkdir", false, "make the directories that DST lacks (mode 0755)")
	flags.BoolVarP(&verbose, "verbose", "v", false, "say what was copied and what could not be kept, on stderr")
	flags.BoolVarP(&archive, "archive", "a", false, "accepted as cp's habit: nile cp always copies trees and keeps all it may")
	return command
}

// runCopy copies until it is done or a signal asks for an end. It takes the
// signals itself: as PID 1 of an init container it would be deaf to them.
func runCopy(ctx context.Context, stderr io.Writer, sources []string, destination string, options copytree.Options, verbose bool) error {
	ctx, stop := untilEnding(ctx)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends nile at once, even if a disk hangs

	started := time.Now()
	terminal := isTerminal(stderr)
	line := progressLine{out: stderr, started: started}
	if terminal {
		options.Progress = func(result copytree.Result) { line.update(time.Now(), result) }
	}
	options.Skipped = func(path, why string) {
		line.clear()
		fmt.Fprintf(stderr, "nile: skipped %s: %s\n", path, why)
	}
	if verbose {
		options.Detail = func(text string) {
			line.clear()
			fmt.Fprintf(stderr, "nile: %s\n", text)
		}
	}
	result, err := copytree.Copy(ctx, sources, destination, options)
	line.clear()
	if terminal || verbose {
		fmt.Fprintf(stderr, "nile: copied %s in %.1f s\n", amount(result), time.Since(started).Seconds())
	}
	return sayAllButTheLast(stderr, err)
}

// sayAllButTheLast prints each of several errors on a line of its own, and
// returns the one that is left for the caller to print.
func sayAllButTheLast(stderr io.Writer, err error) error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	errs := several.Unwrap()
	last := len(errs) - 1
	for _, err := range errs[:last] {
		fmt.Fprintf(stderr, "nile: %v\n", err)
	}
	return errs[last]
}
