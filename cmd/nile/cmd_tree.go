package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/internal/procs"
)

const treeLong = `Draws the tree of the processes of this PID namespace, children below their
parents. The main process of each of nile's containers has the container's name
before it, and so have the daemons that a container has left. With --threads
the threads of a process are below it, in braces.

In a pod whose containers share their processes each container is a tree of its
own, with the container's id, nile's first: /proc/PID/cgroup says which process
is whose.

Zombies are shown with the parent that does not wait for them. The lines are
drawn with ASCII characters where the locale (LC_ALL, LC_CTYPE, LANG) is not a
UTF-8 one.

It reads /proc and needs no nile: where none answers, no containers are named.`

const treeExample = `  nile tree

  # With threads, for a program:
  nile tree --threads -o json`

// newTreeCommand is `nile tree`.
func newTreeCommand() *cobra.Command {
	var control controlValue
	var format formatValue
	var options procs.Options
	var unmasked bool
	cmd := &cobra.Command{
		Use:     "tree [flags]",
		Short:   "Draw the tree of the processes",
		Long:    treeLong,
		Example: treeExample,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format.structured() {
				options.CommandLine = longCommandLine
			}
			s, err := lookAround(&control, options, unmasked, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if format.structured() {
				return format.write(cmd.OutOrStdout(), map[string]any{"trees": s.forest(), "neglecting": s.Neglecting(), "hidden": s.Hidden})
			}
			if err := s.draw(cmd.OutOrStdout(), format.wide(), linesOf(os.Getenv)); err != nil {
				return failed(err)
			}
			if line := s.zombies(); line != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "nile: %s\n", line)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&options.Threads, "threads", false, "draw the threads of each process too")
	noMaskFlag(cmd, &unmasked)
	control.target(cmd.Flags())
	format.flag(cmd, formatTable, formatWide, formatJSON, formatYAML)
	return cmd
}

// lines are what a tree is drawn with.
type lines struct{ branch, last, past, space string }

var (
	asciiLines = lines{"|- ", "`- ", "|  ", "   "}
	boxLines   = lines{"├─ ", "└─ ", "│  ", "   "}
)

// linesOf chooses the lines for a locale: the first variable that is set counts, see
// locale(7).
func linesOf(getenv func(string) string) lines {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			if strings.Contains(value, "utf-8") || strings.Contains(value, "utf8") {
				return boxLines
			}
			break
		}
	}
	return asciiLines
}

// draw prints the trees, each with a heading where there are several.
func (s *scene) draw(w io.Writer, wide bool, l lines) error {
	trees := s.forest()
	for i, tree := range trees {
		if len(trees) > 1 {
			heading := tree.heading()
			if i > 0 {
				heading = "\n" + heading
			}
			if _, err := fmt.Fprintln(w, heading); err != nil {
				return err
			}
		}
		if err := s.table(tree, wide, l).write(w, wide); err != nil {
			return err
		}
	}
	return nil
}

// table draws one tree.
func (s *scene) table(tree *processTree, wide bool, l lines) *table {
	d := drawing{scene: s, table: newTable("PID", "USER", "MEM", "STATE", "COMMAND"), lines: l, wide: wide}
	for _, root := range tree.Processes {
		d.add(root, "", "")
	}
	d.table.colour = processColours(func(row int) *procs.Process { return d.processes[row] })
	return d.table
}

// drawing is a tree that is being drawn into a table.
type drawing struct {
	scene     *scene
	table     *table
	lines     lines
	wide      bool
	processes []*procs.Process // of each row
}

// maxIndent bounds how far a deep tree goes to the right.
const maxIndent = 40

// add adds a process with what stands before it, and those below it with what stands
// before them.
func (d *drawing) add(e *processEntry, before, below string) {
	p := e.Process
	command := d.scene.command(p, d.wide)
	if name := d.scene.owners[p.PID]; name != "" && p.Thread == 0 && d.scene.owners[p.Parent] != name {
		command = name + ": " + command
	}
	pid, user := strconv.Itoa(p.PID), userOf(p)
	if p.Thread != 0 {
		pid, user, command = strconv.Itoa(p.Thread), "", "{"+p.Name+"}"
	}
	d.table.add(pid, user, memoryOf(p), p.State.String(), before+command)
	d.processes = append(d.processes, p)
	if len(below) > maxIndent*3 { // of up to three bytes each
		below = "… "
	}
	for i, child := range e.Children {
		if i < len(e.Children)-1 {
			d.add(child, below+d.lines.branch, below+d.lines.past)
		} else {
			d.add(child, below+d.lines.last, below+d.lines.space)
		}
	}
}
