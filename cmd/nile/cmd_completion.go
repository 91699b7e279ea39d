package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

func newCompletionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print what makes a shell complete nile's command line",
		Long: `Prints a script for a shell that completes verbs, flags and, by asking the nile
that runs here, names of containers.`,
		Example: `  source <(nile completion bash)
  nile completion fish > ~/.config/fish/completions/nile.fish`,
		ValidArgs: []string{"bash", "zsh", "fish"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains([]string{"bash", "zsh", "fish"}, args[0]) {
				return usageErrorf("name a shell: nile completion bash, zsh or fish")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return failed(cmd.Root().GenBashCompletionV2(out, true))
			case "zsh":
				return failed(cmd.Root().GenZshCompletion(out))
			}
			return failed(cmd.Root().GenFishCompletion(out, true))
		},
	}
}

// completionTime is how long a shell waits for names of containers.
const completionTime = 500 * time.Millisecond

// completeContainers completes the first argument of a verb by the names of containers.
func completeContainers(control *controlValue) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), completionTime)
		defer cancel()
		nile, err := control.dial(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer nile.Close()
		status, err := nile.Status(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []cobra.Completion
		for _, c := range status.Nile.Containers {
			names = append(names, cobra.CompletionWithDesc(printable(c.Name), string(c.State)))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlag completes the value of a flag of a verb.
func completeFlag(cmd *cobra.Command, flag string, choices []string) {
	// It fails only for a flag that is not there, or that is completed already.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp))
}
