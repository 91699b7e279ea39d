package main

import (
	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/manifest"
)

// newSchemaCommand is `nile schema`.
func newSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the manifest",
		Long: `Prints the JSON Schema (draft-07) of the Pod manifests that nile runs, for
editors and checks in CI. It has every field with its description.

What no schema can express, such as a name that is used twice, only
nile validate tells.`,
		Example: `  nile schema > nile.schema.json

  # In a manifest, for an editor with a YAML language server:
  # yaml-language-server: $schema=nile.schema.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeJSON(cmd.OutOrStdout(), manifest.Schema())
		},
	}
}
