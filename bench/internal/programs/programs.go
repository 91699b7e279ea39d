// Package programs knows how nile and its peers are made to run one child or
// several, each in the way its manual shows for a container.
package programs

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Child is what a program is to run.
type Child struct {
	Argv []string // a command, its first element a path
	// Run is a program that does the same without any argument, where there is
	// one. s6 then needs no script, whose interpreter would cost time.
	Run string
}

// Program is an init or a supervisor with a number of children.
type Program struct {
	Name     string // as tables show it
	Path     string // its executable; empty for the child by itself
	Children int
	Slow     bool           // takes a second to start: a few runs must do
	Stop     syscall.Signal // what ends it at once

	// configure writes into dir what the program reads; nil if nothing.
	configure func(dir string, child Child) error
	// arguments are the command line without the program.
	arguments func(dir string, child Child) []string
	// wrap adds what has to stand before the whole command; nil for nothing.
	wrap func(dir string, argv []string) []string
}

// Missing says what to do if the program is not there, else it is empty.
func (p Program) Missing() string {
	if p.Path == "" {
		return ""
	}
	if _, err := os.Stat(p.Path); err != nil {
		return "not installed (bench/setup.sh installs it)"
	}
	return ""
}

// Prepare writes the program's configuration for a child into dir, which must
// exist and be the program's alone, and returns the command that starts it.
func (p Program) Prepare(dir string, child Child) ([]string, error) {
	if p.configure != nil {
		if err := p.configure(dir, child); err != nil {
			return nil, fmt.Errorf("cannot write the configuration of %s: %w", p.Name, err)
		}
	}
	if p.Path == "" {
		return p.arguments(dir, child), nil
	}
	argv := append([]string{p.Path}, p.arguments(dir, child)...)
	if p.wrap != nil {
		argv = p.wrap(dir, argv)
	}
	return argv, nil
}

// TiniGroup is tini that sends signals to the process group.
func TiniGroup() Program { return wrapper("tini -s -g", "/usr/bin/tini", "-s", "-g", "--") }

// Bare is the child without any init.
func Bare() Program {
	return Program{Name: "bare exec", Children: 1, Stop: syscall.SIGTERM, arguments: wrapping()}
}

// Tini is tini as a subreaper, as it has to be called where it is not PID 1.
func Tini() Program { return wrapper("tini -s", "/usr/bin/tini", "-s", "--") }

// TiniStatic is tini linked statically.
func TiniStatic() Program { return wrapper("tini-static -s", "/usr/bin/tini-static", "-s", "--") }

// DumbInit is dumb-init.
func DumbInit() Program { return wrapper("dumb-init", "/usr/bin/dumb-init", "--") }

// Catatonit is catatonit.
func Catatonit() Program { return wrapper("catatonit", "/usr/bin/catatonit", "--") }

// Nile is `nile -- CMD`.
func Nile(path string) Program { return wrapper("nile -- CMD", path, "--") }

// NileHold is `nile --hold -- CMD`: CMD's output goes through nile, and its end is kept.
func NileHold(path string) Program { return wrapper("nile --hold -- CMD", path, "--hold", "--") }

// NilePause is nile-pause, which has no child.
func NilePause(path string) Program { return pause("nile-pause", path) }

// CPause is a pause container in C, see package cprogram.
func CPause(path string) Program { return pause("a pause in C", path) }

func pause(name, path string) Program {
	return Program{Name: name, Path: path, Stop: syscall.SIGTERM, arguments: func(string, Child) []string { return nil }}
}

func wrapper(name, path string, options ...string) Program {
	return Program{Name: name, Path: path, Children: 1, Stop: syscall.SIGTERM, arguments: wrapping(options...)}
}

func wrapping(options ...string) func(string, Child) []string {
	return func(_ string, child Child) []string {
		return append(append([]string{}, options...), child.Argv...)
	}
}

// counted names a number of things in words: "1 child", "10 children".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// each joins what format makes of the numbers 1 to n.
func each(n int, format func(i int) string) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(format(i + 1))
	}
	return out.String()
}
