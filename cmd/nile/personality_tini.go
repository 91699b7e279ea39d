package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/supervisor"
)

// tiniVersion is the one whose manual this follows.
const tiniVersion = "0.19.0"

// tini is https://github.com/krallin/tini, which Docker calls docker-init.
func tini(c *call) (*standIn, *answer) {
	voice := &tiniVoice{verbosity: 1}
	if len(c.args) == 1 && c.args[0] == "--version" {
		return nil, &answer{stdout: tiniVersionLine() + "\n"}
	}
	table := &optionTable{program: c.program, shorts: "p:hvwgle:s", permute: c.permutes()}
	options, argv, mistake := table.parse(c.args)
	s := &standIn{place: inNewGroup(unix.Stdin), voice: voice}
	var remap []supervisor.ExitRemap
	group := c.has("TINI_KILL_PROCESS_GROUP")
	s.subreaper = c.has("TINI_SUBREAPER")
	for _, o := range options {
		switch o.letter {
		case 'h':
			return nil, &answer{stdout: tiniUsage(c)}
		case 'l':
			return nil, &answer{stdout: license}
		case 's':
			s.subreaper = true
		case 'g':
			group = true
		case 'v':
			voice.verbosity++
		case 'w':
			voice.warnOnReap = true
		case 'p':
			num, ok := supervisor.ParseSignal(o.value)
			if !ok || !strings.HasPrefix(o.value, "SIG") {
				return nil, voice.refuse("Not a valid option for -p: " + o.value)
			}
			s.parentDeath = syscall.Signal(num)
		case 'e':
			code, err := strconv.Atoi("0" + o.value) // nothing is 0
			if err != nil || code > 255 {
				return nil, voice.refuse("Not a valid option for -e: " + o.value)
			}
			remap = append(remap, supervisor.ExitRemap{From: code})
		}
	}
	if mistake != nil {
		return nil, &answer{code: exitFailed, stderr: mistake.Error() + "\n" + tiniUsage(c)}
	}
	if len(argv) == 0 {
		return nil, &answer{code: exitFailed, stderr: tiniUsage(c)}
	}
	if c.has("TINI_VERBOSITY") {
		voice.verbosity = number(lookup(c.environ, "TINI_VERBOSITY"))
	}
	s.spec = leavingSpec(argv)
	s.spec.Remap = remap
	s.spec.Signals = tiniSignals()
	if group {
		s.spec.Wrap.Scope = supervisor.ScopeGroup
	}
	return s, nil
}

// tiniSignals are not passed on: those by which a program reports its own faults,
// and those of a terminal to a program in the background.
func tiniSignals() map[int]int {
	dropped := map[int]int{int(syscall.SIGTTIN): 0, int(syscall.SIGTTOU): 0}
	for _, sig := range ownFaults {
		dropped[int(sig)] = 0
	}
	return dropped
}

// ownFaults are the signals that tini and catatonit keep for themselves.
var ownFaults = []syscall.Signal{
	syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS,
}

func tiniVersionLine() string {
	return "tini version " + tiniVersion + " - nile " + ownBuild().Version
}

func tiniUsage(c *call) string {
	return c.name() + " (" + tiniVersionLine() + `)
Usage: ` + c.name() + ` [OPTIONS] PROGRAM -- [ARGS] | --version

Runs a program below a small init process: nile, in the place of tini

Command line options:

  --version: Print the version, if nothing else is asked for.
  -h: Print this help.
  -s: Become a child subreaper, where this is not PID 1.
  -p SIGNAL: Get SIGNAL when the parent process ends, e.g. "-p SIGKILL".
  -v: Say more. Up to three times.
  -w: Say when a process is reaped that was not started here.
  -g: Pass signals on to the program's process group.
  -e EXIT_CODE: End with 0 instead of EXIT_CODE (0 to 255).
  -l: Print the license.

Environment variables:

  TINI_SUBREAPER: As -s.
  TINI_VERBOSITY: How much to say (default: 1).
  TINI_KILL_PROCESS_GROUP: As -g.

`
}

const license = `nile is free software under the Apache License, Version 2.0:
http://www.apache.org/licenses/LICENSE-2.0
`

// tiniVoice speaks as tini does: warnings on standard error, the rest on standard
// output.
type tiniVoice struct {
	verbosity  int
	warnOnReap bool
}

func (v *tiniVoice) refuse(text string) *answer {
	return &answer{code: exitFailed, stderr: v.line("FATAL", text)}
}

func (*tiniVoice) line(level, text string) string {
	return fmt.Sprintf("[%-5s tini (%d)] %s\n", level, os.Getpid(), text)
}

func (v *tiniVoice) warn(text string) {
	if v.verbosity > 0 {
		say(unix.Stderr, v.line("WARN", text))
	}
}

func (v *tiniVoice) info(text string) {
	if v.verbosity > 1 {
		say(unix.Stdout, v.line("INFO", text))
	}
}

func (v *tiniVoice) debug(text string) {
	if v.verbosity > 2 {
		say(unix.Stdout, v.line("DEBUG", text))
	}
}

func (v *tiniVoice) begin(adopts bool) {
	if !adopts {
		v.warn(`Tini is not running as PID 1 and isn't registered as a child subreaper.
Zombie processes will not be re-parented to Tini, so zombie reaping won't work.
To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register Tini as a child subreaper, or run Tini as PID 1.`)
	}
}

func (v *tiniVoice) started(command string, pid int) {
	v.info(fmt.Sprintf("Spawned child process '%s' with pid '%d'", command, pid))
}

func (v *tiniVoice) cannotStart(command string, err syscall.Errno) int {
	say(unix.Stderr, v.line("FATAL", "exec "+command+" failed: "+capital(err.Error())))
	code := exitFailed
	switch err {
	case syscall.ENOENT:
		code = 127
	case syscall.EACCES:
		code = 126
	}
	v.info(fmt.Sprintf("Main child exited normally (with status '%d')", code))
	return code
}

func (*tiniVoice) received(int) {}

func (v *tiniVoice) passedOn(num int) {
	v.debug("Passing signal: '" + signalText(num) + "'")
}

func (v *tiniVoice) reaping() { v.debug("Received SIGCHLD") }

func (v *tiniVoice) reaped(pid int, status syscall.WaitStatus, main bool) {
	v.debug(fmt.Sprintf("Reaped child with pid: '%d'", pid))
	switch {
	case !main && v.warnOnReap:
		v.warn(fmt.Sprintf("Reaped zombie process with pid=%d", pid))
	case !main:
	case status.Signaled():
		v.info(fmt.Sprintf("Main child exited with signal (with signal '%s')", signalText(int(status.Signal()))))
	default:
		v.info(fmt.Sprintf("Main child exited normally (with status '%d')", status.ExitStatus()))
	}
}

func (v *tiniVoice) trouble(text string) { v.warn(text) }
func (*tiniVoice) end(int)               {}

// signalText describes a signal as strsignal(3) does.
func signalText(num int) string {
	if num >= 34 {
		return fmt.Sprintf("Real-time signal %d", num-34)
	}
	return capital(syscall.Signal(num).String())
}
