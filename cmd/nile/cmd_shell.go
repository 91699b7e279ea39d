package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/presets"
)

func newShellCommand() *cobra.Command {
	var control controlValue
	var ownTools bool
	cmd := &cobra.Command{
		Use:   "shell [NAME]",
		Short: "Open a shell as a container's process, which may have crashed",
		Long: `Opens a shell that is what a container's process was or would be: with its user
and groups, environment, directory, umask, limits and capabilities. The
container need not run: one that is held can be looked at as it ended. NAME may
be left out where one container is held, or where the pod has one main
container.

The shell is the image's own: the SHELL of the container's environment, or bash
or sh. Where the image has none it is that of nile toolbox, which only reads.`,
		Example: `  nile shell
  nile shell --toolbox tomcat`,
		ValidArgsFunction: completeContainers(&control),
		Args: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at >= 0 && at < len(args) {
				words := slices.Concat([]string{"nile", "exec"}, args[:at], []string{"--"}, args[at:])
				return usageErrorf("nile shell runs no command; write: %s", strings.Join(words, " "))
			}
			if len(args) > 1 {
				return usageErrorf("name one container: %s; a command is run by nile exec", cmd.UseLine())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			nile, err := control.dial(context.Background())
			if err != nil {
				return err
			}
			defer nile.Close()
			process, err := nile.Process(context.Background(), strings.Join(args, ""))
			if err != nil {
				return asVerbError(err)
			}
			return openShell(nile.Peer(), process, ownTools)
		},
	}
	control.target(cmd.Flags())
	cmd.Flags().BoolVar(&ownTools, "toolbox", false, "take nile's own shell and tools, whatever the image has")
	return cmd
}

// openShell becomes a shell with all that a container's process has.
func openShell(nile client.Peer, process *client.Process, ownTools bool) error {
	if info, err := os.Stat(process.Dir); process.Dir == "" || err != nil || !info.IsDir() {
		fmt.Fprintf(os.Stderr, "nile: the directory of %s, %s, is not there; this is /\n", process.Name, process.Dir)
		process.Dir = "/"
	}
	process.Env = presets.WithoutDebugger(process.Env)
	argv := imageShell(process)
	if argv == nil || ownTools {
		self, err := ownProgram()
		if err != nil {
			return failed(err)
		}
		argv = []string{self, "toolbox", "--prompt", process.Name}
	}
	return become(nile, process, argv)
}

// imageShell is the command of the image's own shell, nil where it has none. The
// environment is changed such that the prompt names the container: shells expand
// variables in PS1. bash must not read a file that sets another.
func imageShell(process *client.Process) []string {
	for _, path := range []string{lookup(process.Env, "SHELL"), "/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh", "/bin/ash", "/bin/busybox", "/busybox/sh"} {
		if info, err := os.Stat(path); path == "" || path[0] != '/' || err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		argv := []string{path}
		switch filepath.Base(path) {
		case "bash":
			argv = append(argv, "--norc")
		case "sh", "ash", "dash", "ksh", "mksh":
		case "busybox":
			argv = append(argv, "sh")
		default: // whoever may not log in has /usr/sbin/nologin or /bin/false
			continue
		}
		process.Env = append(withoutVariable(process.Env, "PS1"), "PS1=["+process.Name+"] $PWD> ")
		return argv
	}
	return nil
}

func withoutVariable(env []string, name string) []string {
	var rest []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, name+"=") {
			rest = append(rest, entry)
		}
	}
	return rest
}

// ownProgram is the path of nile itself, which /proc tells; without it, the path that it
// was called by.
func ownProgram() (string, error) {
	self, err := os.Executable()
	if err == nil {
		return self, nil
	}
	if strings.Contains(os.Args[0], "/") {
		return filepath.Abs(os.Args[0])
	}
	for directory := range strings.SplitSeq(os.Getenv("PATH"), ":") {
		path := filepath.Join(directory, os.Args[0])
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("cannot find nile's own program: %w: call it by its path", err)
}
