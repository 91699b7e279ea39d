package main

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// dumbInitVersion is the one whose manual this follows.
const dumbInitVersion = "1.2.5"

// exitNoExec is dumb-init's code for a command that cannot be executed.
const exitNoExec = 2

// terminalStops are the signals by which a terminal stops jobs. dumb-init stops
// itself on them, so that the shell that started it sees its job stop.
var terminalStops = []syscall.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU}

// dumbInit is https://github.com/Yelp/dumb-init.
func dumbInit(c *call) (*standIn, *answer) {
	table := &optionTable{program: c.program, shorts: "hvVcr:", longs: []longOption{
		{"help", 'h', false}, {"single-child", 'c', false}, {"rewrite", 'r', true}, {"verbose", 'v', false}, {"version", 'V', false},
	}}
	options, argv, mistake := table.parse(c.args)
	voice := &dumbInitVoice{rewrite: map[int]int{}}
	single := false
	for _, o := range options {
		switch o.letter {
		case 'h':
			return nil, &answer{stderr: dumbInitUsage(c)}
		case 'V':
			return nil, &answer{stderr: dumbInitVersionLine() + "\n"}
		case 'c':
			single = true
		case 'v':
			voice.verbose = true
		case 'r':
			if !voice.addRewrite(o.value) {
				return nil, &answer{code: exitFailed, stderr: dumbInitRewriteUsage}
			}
		}
	}
	if mistake != nil {
		return nil, &answer{code: exitFailed, stderr: mistake.Error() + "\n"}
	}
	if len(argv) == 0 {
		return nil, &answer{code: exitFailed, stderr: "Usage: " + c.program + " [option] program [args]\nTry " + c.program + " --help for full usage.\n"}
	}
	if lookup(c.environ, "DUMB_INIT_DEBUG") == "1" {
		voice.verbose = true
		voice.opening = append(voice.opening, "Running in debug mode.")
	}
	if lookup(c.environ, "DUMB_INIT_SETSID") == "0" {
		single = true
		voice.opening = append(voice.opening, "Not running in setsid mode.")
	}
	return voice.standIn(argv, single), nil
}

// standIn is the run: in a session of its own, whose first group gets the signals,
// and SIGTERM when the command has ended; or beside nile in its group.
func (v *dumbInitVoice) standIn(argv []string, single bool) *standIn {
	s := &standIn{spec: leavingSpec(argv), voice: v, leaveDirectory: true}
	s.spec.Wrap.Suspend = true
	s.spec.Signals = v.rewrite
	for _, sig := range terminalStops {
		to := syscall.SIGSTOP // the kernel lets the others stop nobody in an orphaned group, setpgid(2)
		if single {
			to = sig
		}
		if _, said := v.rewrite[int(sig)]; !said {
			v.rewrite[int(sig)] = int(to)
		}
	}
	if single {
		s.place = func(c *reaper.Command) { c.Isolation, c.Foreground = reaper.SameGroup, false }
		return s
	}
	v.ownSession = true
	s.spec.Wrap.Scope = supervisor.ScopeGroup
	s.spec.Wrap.GroupAtEnd = v.translated(int(syscall.SIGTERM))
	s.place = func(c *reaper.Command) {
		c.Isolation = reaper.NewSession
		c.TTY = unix.Stdin
		c.Foreground = v.giveUpTerminal()
	}
	return s
}

func dumbInitVersionLine() string {
	return "dumb-init v" + dumbInitVersion + " (nile " + ownBuild().Version + ")"
}

func dumbInitUsage(c *call) string {
	return dumbInitVersionLine() + `
Usage: ` + c.program + ` [option] command [[arg] ...]

Runs a command below a small init process that passes signals on to it: nile, in
the place of dumb-init.

Optional arguments:
   -c, --single-child   Pass signals on to the command alone, not to the others
                        in its session.
   -r, --rewrite s:r    Pass signal r on where signal s is received; 0 drops it.
                        May be given several times.
   -v, --verbose        Say on stderr what happens.
   -h, --help           Print this help.
   -V, --version        Print the version.
`
}

const dumbInitRewriteUsage = `Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.
This option can be specified multiple times.
Use --help for full usage.
`

// dumbInitVoice speaks as dumb-init does, on standard error.
type dumbInitVoice struct {
	verbose    bool
	opening    []string // what to say first
	ownSession bool     // the command has one
	rewrite    map[int]int
	last       int // the signal that was received last
}

// addRewrite reads the value of -r.
func (v *dumbInitVoice) addRewrite(value string) bool {
	const last = 31
	from, rest := leadingNumber(value)
	second, colon := strings.CutPrefix(rest, ":")
	to, _ := leadingNumber(second)
	if !colon || from < 1 || from > last || to < 0 || to > last {
		return false
	}
	v.rewrite[from] = to
	return true
}

// leadingNumber is what %d of sscanf(3) reads, with which dumb-init reads -r: blanks, a
// sign, and digits. What follows does not matter. It is -1 where there is no number, or
// one that is no signal's. (fmt.Sscanf would be linked for this alone: 37 KB.)
func leadingNumber(text string) (number int, rest string) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	rest = text
	if rest != "" && strings.IndexByte("+-", rest[0]) >= 0 {
		rest = rest[1:]
	}
	rest = strings.TrimLeft(rest, "0123456789")
	number, err := strconv.Atoi(text[:len(text)-len(rest)])
	if err != nil {
		number = -1
	}
	return number, rest
}

func (v *dumbInitVoice) translated(num int) int {
	if to, said := v.rewrite[num]; said {
		return to
	}
	return num
}

func (v *dumbInitVoice) debug(format string, args ...any) {
	if v.verbose {
		say(unix.Stderr, fmt.Sprintf("[dumb-init] "+format+"\n", args...))
	}
}

func (v *dumbInitVoice) begin(bool) {
	for _, text := range v.opening {
		v.debug("%s", text)
	}
}

// giveUpTerminal leaves the terminal to the command's session, if there is one.
func (v *dumbInitVoice) giveUpTerminal() bool {
	free, err := giveUpTerminal(unix.Stdin)
	switch errno, _ := err.(syscall.Errno); {
	case err != nil:
		v.debug("Unable to detach from controlling tty (errno=%d %s).", int(errno), capital(errno.Error()))
	case free:
		v.debug("Detached from controlling tty, which the command gets.")
	default:
		v.debug("Detached from controlling tty, but was not session leader.")
	}
	return free
}

func (v *dumbInitVoice) started(_ string, pid int) {
	v.debug("Child spawned with PID %d.", pid)
	if v.ownSession {
		v.debug("setsid complete.")
	}
}

func (v *dumbInitVoice) cannotStart(command string, err syscall.Errno) int {
	say(unix.Stderr, "[dumb-init] "+command+": "+capital(err.Error())+"\n")
	return exitNoExec
}

func (v *dumbInitVoice) received(num int) {
	v.last = num
	v.debug("Received signal %d.", num)
	to := v.translated(num)
	if to != num {
		v.debug("Translating signal %d to %d.", num, to)
	}
	if to == 0 {
		v.debug("Not forwarding signal %d to children (ignored).", to)
		v.suspending()
	}
}

func (v *dumbInitVoice) passedOn(num int) {
	v.debug("Forwarded signal %d to children.", num)
	v.suspending()
}

func (v *dumbInitVoice) suspending() {
	for _, sig := range terminalStops {
		if v.last == int(sig) {
			v.debug("Suspending self due to TTY signal.")
		}
	}
	v.last = 0
}

func (v *dumbInitVoice) reaping() { v.debug("Received signal %d.", int(syscall.SIGCHLD)) }

func (v *dumbInitVoice) reaped(pid int, status syscall.WaitStatus, _ bool) {
	if status.Signaled() {
		v.debug("A child with PID %d was terminated by signal %d.", pid, int(status.Signal()))
		return
	}
	v.debug("A child with PID %d exited with exit status %d.", pid, status.ExitStatus())
}

func (v *dumbInitVoice) trouble(text string) {
	say(unix.Stderr, "[dumb-init] "+text+"\n")
}

func (v *dumbInitVoice) end(code int) { v.debug("Child exited with status %d. Goodbye.", code) }
