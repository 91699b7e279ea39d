package main

import (
	"strings"
	"syscall"
	"time"
)

// adoption tells whether an orphan becomes the child of the init.
const adoption = `(sleep 0.3 & echo $! >pid); sleep 0.1
[ "$(sed 's/.*) //' /proc/$(cat pid)/stat | cut -d' ' -f2)" = $PPID ] && echo adopted || echo gone elsewhere`

// anyText is the form of a text that is one's own, such as a license.
func anyText(text string) string {
	if text == "" {
		return ""
	}
	return "some text"
}

// coreWords leaves out of what is said at high verbosity how the program works
// inside, and what its child says before it is executed.
func coreWords(text string) string {
	return sorted(without(`TRACE|tcsetpgrp|No child|Received SIGCHLD`)(text))
}

// calledBy starts the peer by another name.
func calledBy(name string) string {
	return `p=$(command -v "$1"); shift; exec bash -c 'p=$1; shift; exec -a ` + name + ` "$p" "$@"' bash "$p" "$@"`
}

var onlyTini = []string{"tini"}

var tiniScenarios = []scenario{
	{name: "-s", only: onlyTini, args: append([]string{"-s"}, sh(adoption)...)},
	{name: "no -s", only: onlyTini, args: sh(adoption)},
	{name: "TINI_SUBREAPER, empty", only: onlyTini, env: []string{"TINI_SUBREAPER="}, args: sh(adoption)},
	{name: "a subreaper by inheritance", only: onlyTini, args: []string{"--", "tini", "--", "true"}},
	{name: "-w", only: onlyTini, args: append([]string{"-sw"}, sh("(sleep 0.1 &); sleep 0.3; exit 4")...)},

	{name: "-g", only: onlyTini, args: append([]string{"-g"}, append(listen, "fork")...), play: families(15, 1), form: eachHeard},
	{name: "TINI_KILL_PROCESS_GROUP, empty", only: onlyTini, env: []string{"TINI_KILL_PROCESS_GROUP="}, args: append(listen, "fork"), play: families(15), form: eachHeard},

	{name: "-v", only: onlyTini, args: append([]string{"-v"}, sh("exit 3")...)},
	{name: "-v, ended by a signal", only: onlyTini, args: append([]string{"-v"}, sh("kill -TERM $$")...)},
	{name: "-v, ended by a real-time signal", only: onlyTini, args: append([]string{"-v"}, sh("kill -36 $$")...)},
	{name: "-vvv, a signal", only: onlyTini, args: append([]string{"-vvv"}, sh("echo ready; exec sleep 100")...), play: once(syscall.SIGUSR1), form: coreWords},
	{name: "TINI_VERBOSITY=0", only: onlyTini, env: []string{"TINI_VERBOSITY=0"}, args: sh("exit 3")},
	{name: "TINI_VERBOSITY, empty", only: onlyTini, env: []string{"TINI_VERBOSITY="}, args: sh("exit 3")},
	{name: "TINI_VERBOSITY=2", only: onlyTini, env: []string{"TINI_VERBOSITY=2"}, args: sh("exit 3")},
	{name: "TINI_VERBOSITY=many", only: onlyTini, env: []string{"TINI_VERBOSITY=many"}, args: sh("exit 3")},
	{name: "TINI_VERBOSITY=0 and -v", only: onlyTini, env: []string{"TINI_VERBOSITY=0"}, args: append([]string{"-v"}, sh("exit 3")...)},
	{name: "-v, no such command", only: onlyTini, args: []string{"-v", "--", "no-such-command"}},

	{name: "-e", only: onlyTini, args: append([]string{"-e", "3"}, sh("exit 3")...)},
	{name: "-e twice", only: onlyTini, args: append([]string{"-e3", "-e", "4"}, sh("exit 4")...)},
	{name: "-e another", only: onlyTini, args: append([]string{"-e", "3"}, sh("exit 5")...)},
	{name: "-e 143", only: onlyTini, args: append([]string{"-e", "143"}, sh("kill -TERM $$")...)},
	{name: "-e 127, no such command", only: onlyTini, args: []string{"-e", "127", "--", "no-such-command"}},
	{name: "-e 256", only: onlyTini, args: []string{"-e", "256", "--", "true"}},
	{name: "-e -1", only: onlyTini, args: []string{"-e", "-1", "--", "true"}},
	{name: "-e nothing", only: onlyTini, args: []string{"-e", "", "--", "true"}},
	{name: "-e without", only: onlyTini, args: []string{"-e"}, form: firstLine},

	{name: "-p SIGTERM", only: onlyTini, launch: `"$@" & sleep 0.5`, args: append([]string{"-p", "SIGTERM"}, sh("echo $$ >left; exec perl listener.pl main")...), play: orphaned("got 15\n")},
	{name: "-p SIGKILL", only: onlyTini, launch: `"$@" & sleep 0.5`, args: append([]string{"-p", "SIGKILL"}, sh("echo $$ >left; exec sleep 321 >/dev/null 2>&1")...), play: left},
	{name: "-p TERM", only: onlyTini, args: []string{"-p", "TERM", "--", "true"}},
	{name: "-p sigterm", only: onlyTini, args: []string{"-p", "sigterm", "--", "true"}},
	{name: "-p without", only: onlyTini, args: []string{"-p"}, form: firstLine},

	{name: "-l", only: onlyTini, args: []string{"-l"}, form: anyText},
	{name: "TSTP, TTIN and TTOU", only: onlyTini, args: listen, play: sends(20, 21, 22), form: sorted},
	{name: "SEGV from outside", only: onlyTini, args: listen, play: sends(11), form: sorted},
	{name: "SIGCHLD ignored", only: onlyTini, launch: `exec timeout -s KILL 2 env --ignore-signal=CHLD "$@"`, args: []string{"--", "true"}},
	{name: "called docker-init, help", only: onlyTini, launch: calledBy("/sbin/docker-init"), args: []string{"-h"}, form: optionsNamed},
	{name: "called docker-init, version", only: onlyTini, launch: calledBy("docker-init"), args: []string{"--version"}},
	{name: "called docker-init, as Docker does", only: onlyTini, pid1: true, launch: calledBy("docker-init"), args: sh("exit 3")},
	{name: "called tini-static, bad option", only: onlyTini, launch: calledBy("/usr/bin/tini-static"), args: []string{"-Z"}, form: firstLine},
}

// orphaned waits for what a listener hears after the launcher has ended, and ends it.
func orphaned(hears string) func(*performance) {
	return func(p *performance) {
		p.end()
		for end := time.Now().Add(patience); time.Now().Before(end) && !strings.Contains(p.text(), hears); time.Sleep(5 * time.Millisecond) {
		}
		p.left("left")
	}
}
