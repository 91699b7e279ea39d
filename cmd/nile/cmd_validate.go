package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/manifest"
)

// newValidateCommand is `nile validate`.
func newValidateCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "validate FILE…",
		Short: "Check Pod manifests",
		Long: `Checks Pod manifests and says everything that is wrong with them, each with its
line and column, and what it does with the fields that it accepts: which are
left to Kubernetes, and which this version of nile does not carry out. "-"
reads standard input.

It looks at the manifest alone, not at this machine: that programs, users and
files are there shows when the pod runs.

The exit code is 0 when all files are good, 1 when one is not or cannot be read.`,
		Example: `  nile validate pod.yaml
  kubectl get pod web -o yaml | nile validate -o json -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf(`no file to check; write nile validate FILE, or "-" for standard input`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usageErrorf("cannot print the result as %q: choose text or json", format)
			}
			results := make([]validation, len(args))
			good := true
			for i, file := range args {
				results[i] = validate(file, cmd.InOrStdin())
				good = good && results[i].OK
			}
			if err := printValidations(cmd.OutOrStdout(), cmd.ErrOrStderr(), results, format); err != nil {
				return failed(err)
			}
			if !good {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "text", "the format: text or json")
	return cmd
}

// validation is what there is to say about one file.
type validation struct {
	File             string            `json:"file"`
	OK               bool              `json:"ok"`
	Kind             string            `json:"kind,omitempty"`
	Pod              string            `json:"pod,omitempty"`
	InitContainers   int               `json:"initContainers"`
	Sidecars         int               `json:"sidecars"`
	Containers       int               `json:"containers"`
	LeftToKubernetes []manifest.Field  `json:"leftToKubernetes"`
	NotCarriedOut    []manifest.Field  `json:"notCarriedOut"`
	Warnings         []manifest.Field  `json:"warnings"`
	Errors           []*manifest.Error `json:"errors"`
}

func validate(file string, stdin io.Reader) validation {
	name := file
	if file == "-" {
		name = "stdin"
	}
	result := validation{
		File: name, LeftToKubernetes: []manifest.Field{}, NotCarriedOut: []manifest.Field{},
		Warnings: []manifest.Field{}, Errors: []*manifest.Error{},
	}
	text, err := manifest.Read(file, stdin)
	if err != nil {
		result.Errors = manifest.Errors(err)
		return result
	}
	pod, err := manifest.Load(name, text, manifest.Options{CheckOnly: true})
	if err != nil {
		result.Errors = manifest.Errors(err)
		return result
	}
	result.OK, result.Kind, result.Pod = true, pod.Kind, pod.Name
	result.Containers = len(pod.Spec.Main)
	for i := range pod.Spec.Init {
		if pod.Spec.Init[i].Sidecar {
			result.Sidecars++
		} else {
			result.InitContainers++
		}
	}
	result.LeftToKubernetes = append(result.LeftToKubernetes, pod.LeftToKubernetes...)
	result.NotCarriedOut = append(result.NotCarriedOut, pod.NotCarriedOut...)
	result.Warnings = append(result.Warnings, pod.Warnings...)
	result.Warnings = append(result.Warnings, withoutPodDir(pod)...)
	if text := frozenInVain(&pod.Spec); text != "" {
		pod.Freeze.Note = text
		result.Warnings = append(result.Warnings, pod.Freeze)
	}
	return result
}

func printValidations(stdout, stderr io.Writer, results []validation, format string) error {
	if format == "json" {
		return writeJSON(stdout, map[string]any{"files": results})
	}
	for i := range results {
		for _, problem := range results[i].Errors {
			fmt.Fprintln(stderr, problem)
		}
		if results[i].OK {
			if _, err := io.WriteString(stdout, results[i].text()); err != nil {
				return err
			}
		}
	}
	return nil
}

// text renders a good file: a line of summary, then the groups that are not
// empty.
func (v *validation) text() string {
	var out strings.Builder
	kind := strings.ToLower(v.Kind)
	fmt.Fprintf(&out, "%s: ok: %s %s", v.File, kind, v.Pod)
	for _, part := range []struct {
		number int
		name   string
	}{{v.InitContainers, "init container"}, {v.Sidecars, "sidecar"}, {v.Containers, "container"}} {
		if part.number > 0 {
			fmt.Fprintf(&out, ", %d %s", part.number, part.name)
		}
		if part.number > 1 {
			out.WriteByte('s')
		}
	}
	out.WriteByte('\n')
	if len(v.LeftToKubernetes) > 0 {
		fmt.Fprintf(&out, "  left to Kubernetes: %s\n", strings.Join(collapse(v.LeftToKubernetes), ", "))
	}
	if len(v.NotCarriedOut) > 0 {
		out.WriteString("  accepted, but this version of nile does not carry it out:\n")
		for _, field := range v.NotCarriedOut {
			fmt.Fprintf(&out, "    %s: %s\n", field.Position(), field.Path)
		}
	}
	for _, field := range v.Warnings {
		fmt.Fprintf(&out, "  warning: %s: %s\n", field.Position(), field.Text())
	}
	return out.String()
}

// collapse makes one of the paths that differ only in their position in a list:
// containers[0].image and containers[1].image are containers[].image.
func collapse(fields []manifest.Field) []string {
	var paths []string
	seen := make(map[string]bool)
	for _, field := range fields {
		path := withoutIndexes(field.Path)
		if !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	return paths
}

func withoutIndexes(path string) string {
	var out strings.Builder
	inside := false
	for _, r := range path {
		inside = inside && r != ']'
		if !inside {
			out.WriteRune(r)
		}
		inside = inside || r == '['
	}
	return out.String()
}
