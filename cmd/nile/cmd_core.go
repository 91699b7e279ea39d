package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newCoreCommand() *cobra.Command {
	var control controlValue
	var force bool
	cmd := &cobra.Command{
		Use:   "core FILE [NAME]",
		Short: "Write a core file of the frozen process of a held container",
		Long: `Writes the memory and registers of a process that has failed and is kept frozen
(--freeze, or nile.freeze in the manifest) as an ELF core file, for gdb, jhsdb
and the like. The process stays as it is. The first thread in the file is the
one that has ended the process. A core has everything that was in memory,
secrets too: its mode is 0600. FILE appears when it is whole. NAME may be left
out where one container is held.`,
		Example: `  nile core /tmp/app.core
  nile core --force /tmp/tomcat.core tomcat`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return fmt.Errorf("name the file to write, and one container at most: %s", cmd.UseLine())
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := writeCore(&control, args[0], strings.Join(args[1:], ""), force)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "nile: wrote a core of %s, process %d, threads: %d: %s, %s of them on disk\n",
				printable(result.Name), result.PID, result.Threads, bytesText(result.Size), bytesText(result.Written))
			if result.Unreadable > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "nile: %s could not be read and are zero in it\n", bytesText(result.Unreadable))
			}
			with := "gdb %s %s\n"
			if filepath.Base(result.Program) == "java" {
				with = "jhsdb jstack --exe %s --core %s (and jmap --histo), or gdb\n"
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "nile: look at it with: "+with, printable(result.Program), printable(args[0]))
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE if it is there")
	control.target(cmd.Flags())
	return cmd
}

func bytesText(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// writeCore has nile write to a file beside the one that is wanted, which takes that
// one's name when it is whole.
func writeCore(control *controlValue, path, name string, force bool) (result *coreResult, err error) {
	if err := mayWrite(path, force); err != nil {
		return nil, failed(err)
	}
	ctx, cancel := untilEnding(context.Background())
	defer cancel()
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return nil, failed(fmt.Errorf("cannot write a core to %s: %w", path, cause(err)))
	}
	defer file.Close()
	defer os.Remove(file.Name()) // gone where it has been renamed
	arguments := map[string]any{"name": name, "descriptor": int(file.Fd())}
	result = &coreResult{}
	if err := control.call(ctx, "core", arguments, result); err != nil {
		return nil, err
	}
	if force {
		err = os.Rename(file.Name(), path)
	} else if err = os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
		if err = mayWrite(path, false); err == nil {
			err = os.Rename(file.Name(), path)
		}
	}
	if err != nil {
		return nil, failed(fmt.Errorf("cannot write a core to %s: %w", path, err))
	}
	return result, nil
}

// mayWrite refuses to replace what is there.
func mayWrite(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot write a core to %s: %w", path, cause(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("cannot write a core to %s: it is there and no regular file: choose another name", path)
	case !force:
		return fmt.Errorf("cannot write a core to %s: it is there: choose another name, or give --force to replace it", path)
	}
	return nil
}
