package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/toolbox"
)

func newToolboxCommand() *cobra.Command {
	var prompt string
	cmd := &cobra.Command{
		Use:   "toolbox [TOOL [ARG…]]",
		Short: "Look around with small tools of nile's own",
		Long: `Runs one of nile's own tools, for images that have none:
` + strings.Join(toolbox.Names(), " ") + `.
They take the usual short options, and they only read. Without a tool it opens a
small shell for them, with line editing, completion and pipes between tools.

The exit code is the tool's: 0 when all went well, 1 when something could not be
read or nothing was found, 2 when it was called wrongly.`,
		Example: `  nile toolbox ls -l /app
  nile toolbox grep -rn OutOfMemory /var/log`,
		RunE: func(_ *cobra.Command, args []string) error {
			code := 0
			if len(args) == 0 {
				shell := toolbox.Shell{Prompt: prompt, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
				code = shell.Run()
			} else {
				code = runTool(args)
			}
			if code == 0 {
				return nil
			}
			return &exitError{code: code}
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return toolbox.Names(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	cmd.Flags().StringVar(&prompt, "prompt", "nile", "what stands before the directory in the shell's prompt")
	cmd.Flags().SetInterspersed(false) // what follows the tool is the tool's
	return cmd
}

func runTool(args []string) int {
	streams := toolbox.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stdout)}
	return toolbox.Run(context.Background(), streams, args)
}
