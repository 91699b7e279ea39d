package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by a release build: -ldflags "-X main.version=v1.2.3 -X main.commit=… -X main.date=…".
// What is not set comes from what the go command recorded in the binary.
var (
	version string
	commit  string
	date    string
)

const versionLong = `Print the version of nile, the commit and date that it was built from, the Go
version and the platform: as one line that starts with "nile", or as JSON.`

const versionExample = `  nile version

  # For a script:
  nile version -o json`

// buildInformation says what this program was built from. Unknown parts are
// empty, but for the version.
type buildInformation struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Commit    string `json:"commit,omitempty"`
	Date      string `json:"date,omitempty"` // RFC 3339
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"` // GOOS/GOARCH
}

// newVersionCommand is `nile version`.
func newVersionCommand() *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:     "version [flags]",
		Short:   "Print the version, commit, date, Go version and platform",
		Long:    versionLong,
		Example: versionExample,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			return printVersion(command.OutOrStdout(), ownBuild(), format)
		},
	}
	command.Flags().StringVarP(&format, "output", "o", "text", "the format: text or json")
	return command
}

func printVersion(stdout io.Writer, build buildInformation, format string) error {
	switch format {
	case "text":
		_, err := fmt.Fprintln(stdout, build)
		return failed(err)
	case "json":
		return writeJSON(stdout, build)
	}
	return usageErrorf("cannot print the version as %q: choose text or json", format)
}

// String is the line that people read.
func (b buildInformation) String() string {
	text := b.Name + " " + b.Version + " ("
	if b.Commit != "" {
		text += "commit " + b.Commit + ", "
	}
	if b.Date != "" {
		text += b.Date + ", "
	}
	return text + b.GoVersion + ", " + b.Platform + ")"
}

// ownBuild is the build information of the running program.
func ownBuild() buildInformation {
	recorded, _ := debug.ReadBuildInfo() // nil in a binary that was stripped of it
	return newBuildInformation(recorded)
}

func newBuildInformation(recorded *debug.BuildInfo) buildInformation {
	build := buildInformation{
		Name: "nile", Version: version, Commit: commit, Date: date,
		GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if recorded == nil {
		recorded = &debug.BuildInfo{}
	}
	settings := map[string]string{}
	for _, setting := range recorded.Settings {
		settings[setting.Key] = setting.Value
	}
	if build.Version == "" && recorded.Main.Version != "(devel)" {
		build.Version = recorded.Main.Version
	}
	if build.Version == "" {
		build.Version = "dev"
	}
	if build.Commit == "" {
		build.Commit = settings["vcs.revision"]
		if build.Commit != "" && settings["vcs.modified"] == "true" {
			build.Commit += " with changes"
		}
	}
	if build.Date == "" {
		build.Date = settings["vcs.time"]
	}
	return build
}
