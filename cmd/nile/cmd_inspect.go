package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newInspectCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	cmd := &cobra.Command{
		Use:   "inspect [NAME]",
		Short: "Show a process from inside: threads, memory, files, sockets",
		Long: `Shows what the kernel knows of a container's process: program, directory,
threads, memory, open files, sockets with their addresses, limits, and the
environment with its secrets masked. Of a process that has failed and is kept
frozen (--freeze, or nile.freeze in the manifest) it shows the same, as it was
at its end, and the signal that has ended it. NAME may be left out where one
container is held, or where the pod has one main container.`,
		Example: `  nile inspect
  nile inspect tomcat -o json`,
		Args:              oneAtMost,
		ValidArgsFunction: completeContainers(&control),
		RunE: func(cmd *cobra.Command, args []string) error {
			var result inspection
			arguments := map[string]string{"name": strings.Join(args, "")}
			if err := control.call(context.Background(), "inspect", arguments, &result); err != nil {
				return err
			}
			if format.structured() {
				return format.write(cmd.OutOrStdout(), result)
			}
			_, err := io.WriteString(cmd.OutOrStdout(), result.text())
			return failed(err)
		},
	}
	format.flag(cmd, formatTable, formatJSON, formatYAML)
	control.target(cmd.Flags())
	return cmd
}

// text is the inspection for people.
func (i *inspection) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(printable(fmt.Sprintf(format, args...)) + "\n") }
	for n, part := range []func(lineWriter){i.writeProcess, i.writeThreads, i.writeMemory, i.writeFiles, i.writeSettings} {
		if n > 0 {
			b.WriteByte('\n')
		}
		part(line)
	}
	return b.String()
}

// lineWriter writes one line, as Printf would.
type lineWriter func(format string, args ...any)

func (i *inspection) writeProcess(line lineWriter) {
	end := ""
	if i.Frozen {
		end = "; frozen: it " + i.End
	}
	line("%s: process %d, %s%s", i.Name, i.PID, i.State, end)
	if s := i.Signal; s != nil {
		about := fmt.Sprintf("signal: %s, code %d", s.Name, s.Code)
		if s.Address != "" {
			about += ", at address " + s.Address
		}
		if s.Sender != 0 {
			about += fmt.Sprintf(", sent by process %d", s.Sender)
		}
		line("%s", about)
	}
	line("program: %s", i.Program)
	line("arguments: %s", strings.Join(i.Arguments, " "))
	line("directory: %s", i.Directory)
	if i.Note != "" {
		line("not everything is shown: %s", i.Note)
	}
}

func (i *inspection) writeThreads(line lineWriter) {
	line("threads: %d", len(i.Threads))
	for _, t := range i.Threads {
		state := t.State
		if t.TID == i.Thread && len(i.Threads) > 1 {
			state += "; it has ended the process"
		}
		line("  %-8d %-16s %s", t.TID, t.Name, state)
	}
}

func (i *inspection) writeMemory(line lineWriter) {
	m := &i.Memory
	line("memory: %s resident of %s, in %d mappings", bytesText(m.Resident), bytesText(m.Size), m.Mappings)
	for _, one := range m.Largest {
		line("  %12s  %s", bytesText(one.Resident), one.Name)
	}
	line("libraries: %s", strings.Join(m.Libraries, " "))
}

func (i *inspection) writeFiles(line lineWriter) {
	line("files: %d", len(i.Files)+i.MoreFiles)
	for _, file := range i.Files {
		line("  %-5d %s", file.FD, file.Path)
	}
	line("sockets: %d", len(i.Sockets))
	for _, s := range i.Sockets {
		line("  %-5d %s %s %s %s", s.FD, s.Protocol, s.State, s.Local, s.Remote)
	}
}

// writeSettings writes limits and environment.
func (i *inspection) writeSettings(line lineWriter) {
	line("limits:")
	for _, limit := range i.Limits {
		line("  %-22s %s, at most %s %s", limit.Name, limit.Soft, limit.Hard, limit.Unit)
	}
	line("")
	line("environment:")
	for _, entry := range i.Environment {
		line("  %s", entry)
	}
}
