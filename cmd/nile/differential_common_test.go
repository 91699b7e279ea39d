package main

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// whereAmI tells how a command stands to its group, its session, its terminal and
// its parent.
const whereAmI = `
set -- $(sed 's/.*) //' /proc/$$/stat)
[ $3 = $$ ] && echo "leads its group" || echo "is in a group"
[ $4 = $$ ] && echo "leads its session" || echo "is in a session"
[ $5 != 0 ] && echo "has a terminal"
[ $6 = $3 ] && echo "its group is in front"
own=$3
set -- $(sed 's/.*) //' /proc/$PPID/stat)
[ $own = $3 ] && echo "shares its group with the init"
[ $5 != 0 ] && echo "the init has a terminal"
true`

// leaveOne leaves a process behind and names it in a file.
const leaveOne = `sleep 321 >/dev/null 2>&1 & echo $! >>left; `

func sh(script string, args ...string) []string {
	return append([]string{"--", "sh", "-c", script, "sh"}, args...)
}

// commonScenarios are for every peer.
var commonScenarios = []scenario{
	// How it ends.
	{name: "exit 0", args: []string{"--", "true"}},
	{name: "exit 1", args: []string{"--", "false"}},
	{name: "exit 255", args: sh("exit 255")},
	{name: "ended by TERM", args: sh("kill -TERM $$")},
	{name: "ended by KILL", args: sh("kill -KILL $$")},
	{name: "ended by SEGV", args: sh("ulimit -c 0; kill -SEGV $$")},
	{name: "ended by a real-time signal", args: sh("kill -40 $$")},
	{name: "TERM from outside", args: sh("echo ready; exec sleep 100"), play: once(syscall.SIGTERM)},
	{name: "INT from outside", args: sh("echo ready; exec sleep 100"), play: once(syscall.SIGINT)},
	{name: "HUP from outside", args: sh("echo ready; exec sleep 100"), play: once(syscall.SIGHUP)},
	{name: "PIPE from outside", args: sh("echo ready; exec sleep 100"), play: once(syscall.SIGPIPE)},

	// What the command has.
	{name: "arguments", args: append([]string{"--", "printf", "[%s]\n"}, "", "a b", "-x", "--", "*", "ä", "a\nb")},
	{name: "output to both", args: sh("echo one; echo two >&2; echo three")},
	{name: "input", args: []string{"--", "cat"}, files: map[string]string{"words": "some words\n"}, launch: `exec "$@" <words`},
	{name: "environment", args: []string{"--", "env"}, launch: `exec env A.B-C=1 "$@"`, env: []string{"EMPTY=", "UTF=ä", "TWO=a=b"}, form: without(`^(_|PATH|PWD)=`)},
	{name: "empty environment", args: []string{"--", "/usr/bin/env"}, launch: `exec env -i PATH="$PATH" "$@"`, form: without("^PATH=")},
	{name: "directory, umask and limits", args: sh("basename $(dirname $PWD); umask; ulimit -Sn; ulimit -Hn; ulimit -c; nice"), form: without(`^00\d$`),
		launch: `umask 027; ulimit -Sn 777; ulimit -Hn 999; exec nice -n 5 "$@"`},
	{name: "descriptors", args: sh("ls /proc/$$/fd")},
	{name: "an inherited descriptor", args: sh("ls /proc/$$/fd; cat <&5"), files: map[string]string{"words": "five\n"}, launch: `exec "$@" 5<words`},
	{name: "where it stands", args: sh(whereAmI)},
	{name: "the init's directory", args: sh(`sleep 0.2; [ "$(readlink /proc/$PPID/cwd)" = / ] && echo root || echo kept`)},
	{name: "PATH unset", args: []string{"--", "ls", "/nowhere"}, launch: `p=$(command -v "$1"); shift; unset PATH; exec "$p" "$@"`},
	{name: "PATH with an empty element", args: []string{"--", "x-here"}, files: map[string]string{"x-here": "#!/bin/sh\necho here\n"}, launch: `PATH=$PATH:; exec "$@"`},
	{name: "PATH with a file that may not be executed first", args: []string{"--", "true"}, files: map[string]string{"true": "no program\n"}, launch: `PATH=$PWD:$PATH; exec "$@"`},

	// What it inherits. Ignored and blocked signals are the launcher's.
	{name: "nothing ignored", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"}},
	{name: "HUP and INT ignored", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, launch: `exec env --ignore-signal=HUP,INT "$@"`},
	{name: "PIPE ignored", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, launch: `exec env --ignore-signal=PIPE "$@"`},
	{name: "SEGV and TTOU ignored", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, launch: `exec env --ignore-signal=SEGV,TTOU "$@"`},
	{name: "TERM blocked", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, launch: `exec env --block-signal=TERM "$@"`},
	{name: "USR1 blocked", args: []string{"--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, launch: `exec env --block-signal=USR1 "$@"`},
	{name: "TERM ignored, then sent", args: sh("echo ready; exec sleep 1"), launch: `exec env --ignore-signal=TERM "$@"`, play: once(syscall.SIGTERM)},
	{name: "LISTEN_PID", launch: `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3</dev/null`,
		args: sh(`[ "$LISTEN_PID" = $$ ] && echo "the command's"; [ "$LISTEN_PID" = $PPID ] && echo "the init's"; true`)},

	// Odd starts.
	{name: "standard input closed", args: sh("ls /proc/$$/fd; cat"), launch: `exec "$@" <&-`},
	{name: "standard output closed", args: sh("ls /proc/$$/fd >&2; echo lost"), launch: `exec "$@" >&-`},
	{name: "all three closed", args: sh("ls /proc/$$/fd >seen"), launch: `exec "$@" <&- >&- 2>&-`, play: reads("seen")},
	{name: "no such command", args: []string{"--", "no-such-command"}},
	{name: "no such file", args: []string{"--", "/no/such/file"}},
	{name: "no such directory", args: []string{"--", "/etc/passwd/file"}},
	{name: "empty command", args: []string{"--", ""}},
	{name: "directory as command", args: []string{"--", "/"}},
	{name: "file that may not be executed", args: []string{"--", "./plain"}, files: map[string]string{"plain": "text\n"}},
	{name: "empty file as command", args: []string{"--", "./x-empty"}, files: map[string]string{"x-empty": ""}},
	{name: "script without #!", args: []string{"--", "./x-script", "a", "b c"}, files: map[string]string{"x-script": "echo $0 $# \"$2\"; exit 9\n"}},
	{name: "script whose interpreter is missing", args: []string{"--", "./script"}, files: map[string]string{"script": "#!/no/such/interpreter\n"}},
	{name: "a dash as command", args: []string{"--", "-"}},

	// The command line.
	{name: "options after the command", args: []string{"sh", "-c", "exit 3"}, form: firstLine},
	{name: "options after the command, POSIXLY_CORRECT", args: []string{"sh", "-c", "exit 3"}, env: []string{"POSIXLY_CORRECT="}},
	{name: "dashes after the command", args: []string{"printf", "--", "[%s]", "-x"}},
	{name: "no arguments", form: firstLine},
	{name: "only dashes", args: []string{"--"}, form: firstLine},
	{name: "bad option", args: []string{"-Z", "true"}, form: firstLine},
	{name: "bad option in a cluster", args: []string{"-gZ", "true"}, form: firstLine},
	{name: "bad long option", args: []string{"--no-such-option", "true"}, form: firstLine},
	{name: "help", args: []string{"-h"}, form: optionsNamed},
	{name: "help before a mistake", args: []string{"-h", "-Z"}, form: optionsNamed},
	{name: "version", args: []string{"--version"}},
	{name: "version and more", args: []string{"--version", "true"}, form: firstLine},
	{name: "empty argument", args: []string{""}, form: firstLine},

	// Signals.
	{name: "every standard signal", args: listen, form: sorted, play: sends(numbers(1, 31, 4, 5, 6, 7, 8, 9, marker, 11, goodbye, 17, 18, 19, 20, 21, 22, 23, 27, 31)...)},
	{name: "URG", args: listen, form: sorted, play: sends(23)},
	{name: "PROF", args: listen, form: sorted, play: sends(27)},
	{name: "CONT", args: listen, form: sorted, play: sends(18)},
	{name: "real-time signals", args: listen, form: sorted, play: sends(numbers(35, 64)...)},
	{name: "the first real-time signal", args: listen, form: sorted, play: sends(34)},
	{name: "ABRT from outside", args: listen, form: sorted, play: sends(int(syscall.SIGABRT))},
	{name: "many signals at once", args: listen, play: burst, form: sorted},
	{name: "TERM right after the start", args: sh("kill -TERM $PPID; exec sleep 5")},
	{name: "USR1 right after the start", args: sh("kill -USR1 $PPID; exec sleep 5")},
	{name: "a group of two", args: append(listen, "fork"), play: families(15, 1), form: eachHeard},

	// Who is left.
	{name: "a process left behind", args: sh(leaveOne + "exit 3"), play: left},
	{name: "a process left in a session of its own", args: sh("setsid " + leaveOne + "sleep 0.1; exit 3"), play: left},
	{name: "an orphan of an orphan", args: sh("(" + leaveOne + "); exit 0"), play: left},

	// As PID 1.
	{name: "PID 1, exit 3", pid1: true, args: sh("echo $PPID; exit 3")},
	{name: "PID 1, TERM", pid1: true, args: sh("echo ready; exec sleep 100"), play: once(syscall.SIGTERM)},
	{name: "PID 1, no zombies", pid1: true, args: sh("for i in 1 2 3; do (true & true) & done; sleep 0.5; ps -eo stat= | grep -c Z; true")},
	{name: "PID 1, orphans become its children", pid1: true, args: sh("(sleep 0.3 & echo $! >pid); sleep 0.1; sed 's/.*) //' /proc/$(cat pid)/stat | cut -d' ' -f2")},
	{name: "PID 1, SEGV from inside", pid1: true, args: sh("sleep 0.2; kill -SEGV 1; sleep 0.2; echo still there")},
	{name: "PID 1, STOP and KILL from inside", pid1: true, args: sh("kill -STOP 1; kill -KILL 1; sleep 0.2; echo still there")},

	// On a terminal.
	{name: "terminal, where it stands", tty: true, args: sh(whereAmI)},
	{name: "terminal, ^C comes once", tty: true, args: listen, play: types("\x03", "got 2\n")},
	{name: "terminal, ^\\ comes once", tty: true, args: listen, play: types("\x1c", "got 3\n")},
	{name: "terminal, size", tty: true, args: listen, play: resizes},
	{name: "terminal, in a shell's group", tty: true, launch: `"$@"; exit $?`, args: sh(whereAmI)},
	{name: "terminal, input from elsewhere", tty: true, launch: `exec "$@" </dev/null`, args: sh(whereAmI)},
}

// once sends a signal when the command is ready.
func once(sig syscall.Signal) func(*performance) {
	return func(p *performance) {
		if p.waitFor("ready", 1) {
			p.toInit(int(sig))
		}
	}
}

// reads notes what the command has written to a file.
func reads(file string) func(*performance) {
	return func(p *performance) {
		p.end()
		p.note("%s", p.read(file))
	}
}

func left(p *performance) { p.left("left") }

// burst sends different signals without waiting.
func burst(p *performance) {
	if !p.waitFor("main: ready", 1) {
		return
	}
	signals := []int{1, 2, 3, 13, 14, 15, 28}
	for _, num := range signals {
		p.toInit(num)
	}
	p.waitFor("main: got", len(signals))
	p.toInit(goodbye)
}

// resizes gives the terminal another size.
func resizes(p *performance) {
	if p.waitFor("main: ready", 1) {
		must(p.t, unix.IoctlSetWinsize(int(p.screen.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 132}))
		p.waitFor("got 28\n", 1)
		p.toInit(goodbye)
	}
}
