package main

import (
	"syscall"
	"time"
)

var onlyDumbInit = []string{"dumb-init"}

// dumbInitWords leaves out what its child says before it is executed, which comes
// at any time.
var dumbInitWords = without(`attach to controlling tty|setsid complete|Received signal 17`)

var dumbInitScenarios = []scenario{
	{name: "-c, where it stands", only: onlyDumbInit, args: append([]string{"-c"}, sh(whereAmI)...)},
	{name: "DUMB_INIT_SETSID=0", only: onlyDumbInit, env: []string{"DUMB_INIT_SETSID=0"}, args: sh(whereAmI)},
	{name: "DUMB_INIT_SETSID=1", only: onlyDumbInit, env: []string{"DUMB_INIT_SETSID=1"}, args: sh(whereAmI)},
	{name: "DUMB_INIT_SETSID, empty", only: onlyDumbInit, env: []string{"DUMB_INIT_SETSID="}, args: sh(whereAmI)},
	{name: "-c, a group of two", only: onlyDumbInit, args: append([]string{"-c"}, append(listen, "fork")...), play: families(15, 1), form: eachHeard},
	{name: "-c, a process left behind", only: onlyDumbInit, args: append([]string{"-c"}, sh(leaveOne+"exit 3")...), play: left},
	{name: "a process left behind that has the rewritten TERM", only: onlyDumbInit, args: append([]string{"-r", "15:28"}, sh(leaveOne+"exit 3")...), play: left},
	{name: "a process left behind, TERM dropped", only: onlyDumbInit, args: append([]string{"-r", "15:0"}, sh(leaveOne+"exit 3")...), play: left},
	{name: "PID 1, a group of two", only: onlyDumbInit, pid1: true, args: append(listen, "fork"), play: families(15, 1), form: eachHeard},

	{name: "-v", only: onlyDumbInit, args: append([]string{"-v"}, sh("exit 3")...), form: dumbInitWords},
	{name: "-v, a signal", only: onlyDumbInit, args: append([]string{"-v"}, sh("echo ready; exec sleep 100")...), play: once(syscall.SIGTERM), form: dumbInitWords},
	{name: "-v, rewritten signals", only: onlyDumbInit, args: append([]string{"-v", "-r", "1:3", "--rewrite", "2:0"}, listen...), play: sends(1, 2), form: dumbInitWords},
	{name: "-v, no such command", only: onlyDumbInit, args: []string{"-v", "no-such-command"}, form: dumbInitWords},
	{name: "DUMB_INIT_DEBUG=1", only: onlyDumbInit, env: []string{"DUMB_INIT_DEBUG=1", "DUMB_INIT_SETSID=0"}, args: sh("exit 3"), form: dumbInitWords},
	{name: "DUMB_INIT_DEBUG, empty", only: onlyDumbInit, env: []string{"DUMB_INIT_DEBUG="}, args: sh("exit 3")},

	{name: "-r", only: onlyDumbInit, args: append([]string{"-r", "15:3", "-r1:2"}, listen...), play: sends(15, 1, 3, 2), form: sorted},
	{name: "-r to 0", only: onlyDumbInit, args: append([]string{"-r", "15:0"}, listen...), play: sends(15, 1), form: sorted},
	{name: "-r twice for one", only: onlyDumbInit, args: append([]string{"-r", "15:3", "-r", "15:1"}, listen...), play: sends(15), form: sorted},
	{name: "--rewrite=", only: onlyDumbInit, args: append([]string{"--rewrite=15:1"}, listen...), play: sends(15), form: sorted},
	{name: "--rewr, cut short", only: onlyDumbInit, args: append([]string{"--rewr", "15:1"}, listen...), play: sends(15), form: sorted},
	{name: "-r with junk behind", only: onlyDumbInit, args: append([]string{"-r", "15:1junk"}, listen...), play: sends(15), form: sorted},
	{name: "-r with signs and blanks", only: onlyDumbInit, args: append([]string{"-r", " +15: \t+1"}, listen...), play: sends(15), form: sorted},
	{name: "-r to minus 0", only: onlyDumbInit, args: append([]string{"-r", "15:-0"}, listen...), play: sends(15, 1), form: sorted},
	{name: "-r with a blank before the colon", only: onlyDumbInit, args: []string{"-r", "15 :1", "true"}},
	{name: "-r to minus 1", only: onlyDumbInit, args: []string{"-r", "15:-1", "true"}},
	{name: "-r to more than an int", only: onlyDumbInit, args: []string{"-r", "15:99999999999999999999", "true"}},
	{name: "-r of a name", only: onlyDumbInit, args: []string{"-r", "TERM:QUIT", "true"}},
	{name: "-r without a colon", only: onlyDumbInit, args: []string{"-r", "15", "true"}},
	{name: "-r from 0", only: onlyDumbInit, args: []string{"-r", "0:15", "true"}},
	{name: "-r from 32", only: onlyDumbInit, args: []string{"-r", "32:15", "true"}},
	{name: "-r to 32", only: onlyDumbInit, args: []string{"-r", "15:32", "true"}},
	{name: "-r without", only: onlyDumbInit, args: []string{"-r"}},
	{name: "-r nothing", only: onlyDumbInit, args: []string{"-r", "", "true"}},

	{name: "ambiguous option", only: onlyDumbInit, args: []string{"--ver", "true"}},
	{name: "option with an argument that it has not", only: onlyDumbInit, args: []string{"--single-child=1", "true"}},
	{name: "--help", only: onlyDumbInit, args: []string{"--help"}, form: optionsNamed},
	{name: "-V", only: onlyDumbInit, args: []string{"-V"}},

	{name: "TSTP", only: onlyDumbInit, args: listen, play: suspends(syscall.SIGTSTP)},
	{name: "TTIN", only: onlyDumbInit, args: listen, play: suspends(syscall.SIGTTIN)},
	{name: "TTOU, -c", only: onlyDumbInit, args: append([]string{"-c"}, listen...), play: suspends(syscall.SIGTTOU)},
	{name: "TSTP as itself", only: onlyDumbInit, args: append([]string{"-r", "20:20"}, listen...), play: suspends(syscall.SIGTSTP)},
	{name: "TSTP dropped", only: onlyDumbInit, args: append([]string{"-r", "20:0"}, listen...), play: suspends(syscall.SIGTSTP)},
	{name: "fault signals", only: onlyDumbInit, args: listen, play: sends(4, 5, 7, 8, 11, 31), form: sorted},

	{name: "terminal, HUP", only: onlyDumbInit, tty: true, args: listen, play: sends(1, 18), form: sorted},
	{name: "terminal, -c", only: onlyDumbInit, tty: true, args: append([]string{"-c"}, sh(whereAmI)...)},
	{name: "terminal, -v", only: onlyDumbInit, tty: true, args: append([]string{"-v"}, sh("exit 3")...),
		form: without(`etached from controlling|attach to|setsid complete|Received signal|tty hand-off`)},
}

// suspends sends a signal of the terminal's and tells who has stopped; then lets
// all go on.
func suspends(sig syscall.Signal) func(*performance) {
	return func(p *performance) {
		if !p.waitFor("main: ready", 1) {
			return
		}
		p.toInit(int(sig))
		p.wait("the init to stop", func() bool { return stateOf(p.cmd.Process.Pid) == "T" })
		time.Sleep(50 * time.Millisecond)
		p.note("init %s, command %s", stateOf(p.cmd.Process.Pid), stateOf(p.child()))
		p.toInit(int(syscall.SIGCONT))
		p.waitFor("got 18\n", 1)
		p.note("init stopped: %v, command stopped: %v", stateOf(p.cmd.Process.Pid) == "T", stateOf(p.child()) == "T")
		p.toInit(goodbye)
	}
}
