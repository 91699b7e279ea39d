package main

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/supervisor"
)

// catatonitVersion is the one whose manual this follows.
const catatonitVersion = "0.2.1"

const catatonitUsage = "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n"

// catatonit is https://github.com/openSUSE/catatonit, the init of podman.
func catatonit(c *call) (*standIn, *answer) {
	voice := &catatonitVoice{debugging: c.has("CATATONIT_DEBUG")}
	if c.has("CATATONIT_LOG") {
		return nil, voice.refuse("CATATONIT_LOG is reserved for future use", "")
	}
	table := &optionTable{program: c.program, shorts: "ghLPV", longs: []longOption{{"version", 'V', false}}, permute: c.permutes()}
	options, argv, mistake := table.parse(c.args)
	group, pause := false, false
	for _, o := range options {
		switch o.letter {
		case 'g':
			group = true
		case 'h':
			return nil, &answer{stderr: catatonitUsage + catatonitHelp}
		case 'L':
			return nil, &answer{stdout: license}
		case 'P':
			pause = true
		case 'V':
			return nil, &answer{stdout: "tini version " + catatonitVersion + "_catatonit - nile " + ownBuild().Version + "\n"}
		}
	}
	if mistake != nil {
		return nil, &answer{code: exitFailed, stderr: mistake.Error() + "\n" + catatonitUsage}
	}
	s := &standIn{subreaper: true, leaveDirectory: true, voice: voice, place: inNewGroup(ownTerminal())}
	if pause {
		return s, nil
	}
	if len(argv) == 0 {
		return nil, voice.refuse("missing program name", catatonitUsage)
	}
	s.spec = leavingSpec(argv)
	s.spec.Signals = map[int]int{}
	for _, sig := range append(ownFaults, terminalStops...) {
		s.spec.Signals[int(sig)] = 0
	}
	if group {
		s.spec.Wrap.Scope = supervisor.ScopeGroup
	}
	return s, nil
}

const catatonitHelp = `
options:
  -g              Pass signals on to the process group of the program.
  -h              Print this help.
  -L              Print the license.
  -P              Pause: run no program, reap, and end on SIGINT or SIGTERM.
  -V, --version   Print the version.

This is nile, in the place of catatonit.
`

// ownTerminal is a descriptor of the terminal that controls nile's session, or
// standard input where there is none.
func ownTerminal() int {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return unix.Stdin
	}
	return fd
}

// catatonitVoice speaks as catatonit does, on standard error.
type catatonitVoice struct {
	debugging bool
}

func (v *catatonitVoice) refuse(text, usage string) *answer {
	return &answer{code: exitFailed, stderr: v.line("ERROR", text) + usage}
}

func (*catatonitVoice) line(level, text string) string {
	return fmt.Sprintf("%s (catatonit:%d): %s\n", level, os.Getpid(), text)
}

func (v *catatonitVoice) debug(text string) {
	if v.debugging {
		say(unix.Stderr, v.line("DEBUG", text))
	}
}

func (*catatonitVoice) begin(bool) {}

func (v *catatonitVoice) started(command string, pid int) {
	v.debug(fmt.Sprintf("pid1 (%d) spawned: %s", pid, command))
}

func (v *catatonitVoice) cannotStart(_ string, err syscall.Errno) int {
	say(unix.Stderr, v.line("ERROR", "failed to exec pid1: "+capital(err.Error())))
	return exitFailed
}

func (*catatonitVoice) received(int) {}
func (*catatonitVoice) passedOn(int) {}
func (*catatonitVoice) reaping()     {}

func (v *catatonitVoice) reaped(pid int, status syscall.WaitStatus, main bool) {
	switch {
	case main:
	case status.Signaled():
		v.debug(fmt.Sprintf("child process %d exited due to signal %d", pid, int(status.Signal())))
	default:
		v.debug(fmt.Sprintf("child process %d exited with code %d", pid, status.ExitStatus()))
	}
}

func (v *catatonitVoice) trouble(text string) { say(unix.Stderr, v.line("WARN", text)) }
func (*catatonitVoice) end(int)               {}
