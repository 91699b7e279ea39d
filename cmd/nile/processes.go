package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/procs"
	"github.com/nile-init/nile/internal/secrets"
)

// statusTime is how long a verb that shows processes waits for nile's part of it.
const statusTime = 2 * time.Second

// scene is what runs in this PID namespace: the processes, and what nile says of those
// that are its containers'.
type scene struct {
	*procs.Table
	before *procs.Table   // an earlier look, to tell what was used since; nil where there was none
	nile   *client.Status // nil where no nile answers
	owners map[int]string // process id to the name of nile's container that it belongs to
}

// lookAround reads the processes and asks nile whose they are. That none answers is no
// error: it is told on stderr.
func lookAround(control *controlValue, options procs.Options, unmasked bool, stderr io.Writer) (*scene, error) {
	status, err := askStatus(control)
	if err != nil {
		reason, _, _ := strings.Cut(err.Error(), "\n")
		fmt.Fprintf(stderr, "nile: processes are shown without their containers: %s\n", reason)
	}
	table, err := procs.Read(options)
	if err != nil {
		return nil, failed(err)
	}
	s := newScene(table, status)
	if !unmasked {
		s.mask()
	}
	s.warn(stderr)
	return s, nil
}

func askStatus(control *controlValue) (*client.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	nile, err := control.dial(ctx)
	if err != nil {
		return nil, tooSlow(err)
	}
	defer nile.Close()
	status, err := nile.Status(ctx)
	return status, tooSlow(err)
}

// tooSlow says in words that nile has not answered in time.
func tooSlow(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("nile has not answered within %s", statusTime)
	}
	return err
}

func newScene(table *procs.Table, status *client.Status) *scene {
	s := &scene{Table: table, nile: status}
	roots := map[int]string{}
	if status != nil {
		for i := range status.Nile.Containers {
			if c := &status.Nile.Containers[i]; c.PID != 0 {
				roots[c.PID] = c.Name
			}
		}
	}
	s.owners = table.Attribute(roots)
	return s
}

// mask masks the secrets in the command lines.
func (s *scene) mask() {
	names := strings.Split(os.Getenv("NILE_MASK"), ",")
	if s.nile != nil {
		names = append(names, s.nile.Nile.Masks...)
	}
	m := secrets.New(names...)
	for i := range s.Processes {
		s.Processes[i].Args = m.Arguments(s.Processes[i].Args)
	}
}

// noMaskFlag adds the flag --no-mask of the verbs that list processes.
func noMaskFlag(cmd *cobra.Command, unmasked *bool) {
	cmd.Flags().BoolVar(unmasked, "no-mask", false, "show the secrets in command lines")
}

// warn says what is not in the table.
func (s *scene) warn(stderr io.Writer) {
	if s.Hidden {
		fmt.Fprintln(stderr, "nile: processes of other users are hidden: /proc is mounted with hidepid: look as root with CAP_SYS_PTRACE")
	}
	if s.More {
		fmt.Fprintf(stderr, "nile: there are more processes or threads than the %d that are shown\n", procs.MaxProcesses)
	}
}

// container is whose a process is: a container of nile's by its name, another container
// by its id in parentheses, or "".
func (s *scene) container(p *procs.Process) string {
	if name := s.owners[p.PID]; name != "" {
		return name
	}
	switch p.Container {
	case s.Own:
		return ""
	case "":
		return "(none)"
	}
	return "(" + procs.ShortID(p.Container) + ")"
}

// command is what a process runs, or of a zombie whose fault it is. Where there is
// little room the program goes without its directory.
func (s *scene) command(p *procs.Process, whole bool) string {
	line := p.CommandLine()
	if !p.Zombie {
		if !whole && strings.HasPrefix(line, "/") {
			program, arguments, _ := strings.Cut(line, " ")
			line = strings.TrimSpace(program[strings.LastIndexByte(program, '/')+1:] + " " + arguments)
		}
		return line
	}
	parent := "one outside this PID namespace"
	if p.Parent != 0 {
		parent = fmt.Sprint(p.Parent)
		if of := s.Find(p.Parent); of != nil {
			parent += " " + of.Name
		}
	}
	return line + " zombie, not reaped by its parent " + parent
}

// zombies is the line about those who don't wait for their children; "" where all do.
func (s *scene) zombies() string {
	total := 0
	var parents []string
	guilty := s.Neglecting()
	sort.SliceStable(guilty, func(i, j int) bool { return guilty[i].Zombies > guilty[j].Zombies })
	for i, one := range guilty {
		total += one.Zombies
		switch {
		case i == 8: // a line has an end
			parents = append(parents, "…")
		case i < 8:
			parents = append(parents, fmt.Sprintf("%d by %d %s", one.Zombies, one.Parent, printable(one.Name)))
		}
	}
	switch total {
	case 0:
		return ""
	case 1:
		return "1 zombie is not reaped: " + strings.Join(parents, ", ")
	}
	return fmt.Sprintf("%d zombies are not reaped: %s", total, strings.Join(parents, ", "))
}

// processEntry is a process for programs.
type processEntry struct {
	*procs.Process
	Owner string  `json:"container,omitempty"` // nile's container
	Share float64 `json:"cpu"`                 // of one processor
	Age   float64 `json:"ageSeconds"`
	// The exact bytes of what is not UTF-8.
	NameBase64    string          `json:"nameBase64,omitempty"`
	CommandBase64 []string        `json:"commandBase64,omitempty"`
	Children      []*processEntry `json:"children,omitempty"`
}

func (s *scene) entry(p *procs.Process) *processEntry {
	e := &processEntry{Process: p, Owner: s.owners[p.PID], Share: round(s.Share(p, s.before)), Age: p.Age.Seconds()}
	if !utf8.ValidString(p.Name) {
		e.NameBase64 = base64.StdEncoding.EncodeToString([]byte(p.Name))
	}
	if slices.ContainsFunc(p.Args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		for _, arg := range p.Args {
			e.CommandBase64 = append(e.CommandBase64, base64.StdEncoding.EncodeToString([]byte(arg)))
		}
	}
	return e
}

// round leaves four digits after the point: the clock behind it ticks a hundred times a
// second.
func round(share float64) float64 { return float64(int64(share*10000+0.5)) / 10000 }

// userOf is the name of a process's user, or the number where it has none.
func userOf(p *procs.Process) string {
	if p.User != "" {
		return p.User
	}
	return fmt.Sprint(p.UID)
}

// percent is a share of a processor: 250% are two and a half.
func percent(share float64) string {
	if share >= 9.995 {
		return fmt.Sprintf("%.0f%%", share*100)
	}
	return fmt.Sprintf("%.1f%%", share*100)
}

// memory is a number of bytes in the units of Kubernetes' quantities.
func memory(bytes uint64) string {
	size, unit := float64(bytes)/1024, "Ki"
	for _, next := range []string{"Mi", "Gi", "Ti"} {
		if size < 999.5 {
			break
		}
		size, unit = size/1024, next
	}
	if size < 9.95 && unit != "Ki" {
		return fmt.Sprintf("%.1f%s", size, unit)
	}
	return fmt.Sprintf("%.0f%s", size, unit)
}

// memoryOf is the memory of a process: none for what has none of its own.
func memoryOf(p *procs.Process) string {
	switch {
	case p.Kernel || p.Zombie || p.Thread != 0:
		return ""
	case p.PSS != nil:
		return memory(*p.PSS)
	}
	return memory(p.Resident)
}
