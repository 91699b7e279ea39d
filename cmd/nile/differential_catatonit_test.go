package main

import (
	"syscall"
	"time"
)

var onlyCatatonit = []string{"catatonit"}

// catatonitWords leaves out what its child says before it is executed, and how it
// works inside.
var catatonitWords = without(`tty fd|foreground process|got ECHILD`)

var catatonitScenarios = []scenario{
	{name: "adopts orphans", only: onlyCatatonit, args: sh(adoption)},
	{name: "-g", only: onlyCatatonit, args: append([]string{"-g"}, append(listen, "fork")...), play: families(15, 1), form: eachHeard},
	{name: "TSTP, TTIN and TTOU", only: onlyCatatonit, args: listen, play: sends(20, 21, 22), form: sorted},
	{name: "SEGV from outside", only: onlyCatatonit, args: listen, play: sends(11), form: sorted},

	{name: "-P, TERM", only: onlyCatatonit, args: []string{"-P"}, play: pauses(syscall.SIGHUP, syscall.SIGTERM)},
	{name: "-P, INT, with a program", only: onlyCatatonit, args: []string{"-P", "--", "false"}, play: pauses(syscall.SIGINT)},
	{name: "-P as PID 1 reaps", only: onlyCatatonit, pid1: true, args: []string{"-P"}, play: pauses(syscall.SIGTERM)},

	{name: "CATATONIT_DEBUG, empty", only: onlyCatatonit, env: []string{"CATATONIT_DEBUG="}, args: sh("(sleep 0.1; exit 4) & (sleep 0.1 &) ; sleep 0.4; exit 3"), form: catatonitWords},
	{name: "CATATONIT_LOG, empty", only: onlyCatatonit, env: []string{"CATATONIT_LOG="}, args: []string{"--", "true"}},
	{name: "CATATONIT_LOG and -V", only: onlyCatatonit, env: []string{"CATATONIT_LOG=x"}, args: []string{"-V"}},
	{name: "-V", only: onlyCatatonit, args: []string{"-V"}},
	{name: "--vers, cut short", only: onlyCatatonit, args: []string{"--vers"}},
	{name: "-L", only: onlyCatatonit, args: []string{"-L"}, form: anyText},
	{name: "-VL", only: onlyCatatonit, args: []string{"-VL"}},
	{name: "-g alone", only: onlyCatatonit, args: []string{"-g"}},
	{name: "options between", only: onlyCatatonit, args: []string{"printf", "-g", "--", "%s", "-x"}},
}

// pauses sends signals to an init that runs nothing, until one ends it.
func pauses(signals ...syscall.Signal) func(*performance) {
	return func(p *performance) {
		time.Sleep(300 * time.Millisecond) // it says nothing when it is there
		for i, sig := range signals {
			p.note("alive before signal %d: %v", i+1, !p.hasEnded())
			p.toInit(int(sig))
			time.Sleep(50 * time.Millisecond)
		}
	}
}
