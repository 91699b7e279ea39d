package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contender is something between a process that prints and one that reads.
type contender struct {
	name    string
	missing string // why it cannot be measured
	slow    bool
	// filter is a command that reads what the producer prints.
	filter []string
	// mode is one of nile's: its host starts the producer.
	mode string
	// wrapper is a command that starts the command behind it.
	wrapper []string
	// toFile: it writes to files in its directory, and there is no reader. The time
	// is that from its start to its end.
	toFile bool
	// configure writes the configuration of a supervisor that starts the
	// producer, and returns its command.
	configure func(dir string, lines int) ([]string, error)
}

const (
	cat         = "cat"
	nilePrefix  = "nile prefix"
	nilePart    = "its package, prefix"
	nileNoTail  = "its package, prefix, no tail"
	nileJSON    = "nile json"
	nileInherit = "nile inherit"
	nileFile    = "nile file, 10 MiB each, 5 kept"
	alone       = "a pipe alone"
	s6File      = "s6-log file, the same"
)

func contenders(nile string) []*contender {
	real := func(mode string) []string {
		return []string{nile, "--output=" + mode, "--log-level=off", "--control=off", "--"}
	}
	list := []*contender{
		{name: alone, filter: nil},
		{name: cat, filter: []string{"/bin/cat"}},
		{name: nileInherit, wrapper: real("inherit")},
		{name: nilePrefix, wrapper: real("prefix")},
		{name: nileJSON, wrapper: real("json")},
		{name: nilePart, mode: "prefix"},
		{name: nileNoTail, mode: "prefix, no tail"},
		{name: "s6-log", filter: []string{"/usr/bin/s6-log", "1"}},
		{name: "supervisord", slow: true, configure: supervisord},
		{name: nileFile, mode: "file", toFile: true},
		// 5 files as well, the current one included, of the largest size that it takes.
		{name: s6File, filter: []string{"/usr/bin/s6-log", "n4", "s10485760", "./log"}, toFile: true},
	}
	for _, c := range list {
		program := "/usr/bin/supervisord"
		switch {
		case len(c.filter) > 0:
			program = c.filter[0]
		case len(c.wrapper) > 0:
			program = c.wrapper[0]
		case c.configure == nil:
			continue
		}
		if _, err := os.Stat(program); err != nil {
			c.missing = "not installed (bench/setup.sh installs it)"
		}
	}
	return list
}

// supervisord passes its program's output on to its own, as its manual shows for
// a container.
func supervisord(dir string, lines int) ([]string, error) {
	producer, err := role("producer", "-", lines)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "supervisord.conf")
	user := ""
	if os.Geteuid() == 0 {
		user = "user=root\n" // or it warns
	}
	config := fmt.Sprintf(`[supervisord]
nodaemon=true
silent=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=%s
%s[program:producer]
command=%s
autorestart=false
startsecs=0
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`, filepath.Join(dir, "supervisord.pid"), user, strings.Join(producer, " "))
	return []string{"/usr/bin/supervisord", "-c", file}, os.WriteFile(file, []byte(config), 0o600)
}

// start starts a contender that writes to out, and its producer, and returns the
// command whose end is awaited. report is where nile's host tells what it spent.
func (c *contender) start(dir string, lines int, out, report *os.File) (middle, producer *exec.Cmd, err error) {
	if c.mode != "" {
		middle, err = playing("host", c.mode, lines)
		if err != nil {
			return nil, nil, err
		}
		middle.Dir, middle.Stdout, middle.ExtraFiles = dir, out, []*os.File{report}
		return middle, nil, middle.Start()
	}
	if c.configure != nil || c.wrapper != nil {
		var argv []string
		if c.wrapper != nil {
			argv, err = role("producer", "-", lines)
			argv = append(append([]string{}, c.wrapper...), argv...)
		} else {
			argv, err = c.configure(dir, lines)
		}
		if err != nil {
			return nil, nil, err
		}
		middle = exec.Command(argv[0], argv[1:]...)
		middle.Dir, middle.Stdout = dir, out
		return middle, nil, middle.Start()
	}
	producer, err = playing("producer", "-", lines)
	if err != nil {
		return nil, nil, err
	}
	if c.filter == nil {
		producer.Stdout = out
		return nil, producer, producer.Start()
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	defer w.Close()
	middle = exec.Command(c.filter[0], c.filter[1:]...)
	middle.Dir, middle.Stdin, middle.Stdout, producer.Stdout = dir, r, out, w
	if err := middle.Start(); err != nil {
		return nil, nil, err
	}
	return middle, producer, producer.Start()
}
