package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// personality reads the command line of another init, as that program's manual
// has it: the outcome is either a run or an answer.
type personality func(*call) (*standIn, *answer)

// personalities are the programs in whose place nile can be put, by the name that
// it is called by. docker-init is tini; podman calls catatonit podman-init.
var personalities = map[string]personality{
	"tini":        tini,
	"tini-static": tini,
	"docker-init": tini,
	"dumb-init":   dumbInit,
	"catatonit":   catatonit,
	"podman-init": catatonit,
}

// call is how nile was called in another program's name.
type call struct {
	program string // argv[0]
	args    []string
	environ []string
}

func (c *call) name() string { return filepath.Base(c.program) }

// has tells whether an environment variable is set, be it to nothing.
func (c *call) has(variable string) bool {
	for _, entry := range c.environ {
		if strings.HasPrefix(entry, variable+"=") {
			return true
		}
	}
	return false
}

// permutes tells whether own options may stand after the command's name too. It is
// the C library's custom, which this variable of its turns off.
func (c *call) permutes() bool { return !c.has("POSIXLY_CORRECT") }

// answer is what to say, and the exit code, where nothing is to be run.
type answer struct {
	code   int
	stdout string
	stderr string
}

// standIn is a run in another program's place.
type standIn struct {
	spec        *supervisor.Spec // nil: nothing is run, nile only reaps
	subreaper   bool             // become one where nile is not PID 1
	parentDeath syscall.Signal   // what nile gets when its parent ends
	// place says where the command is to run: its group or session, and terminal.
	place func(*reaper.Command)
	// leaveDirectory makes nile let go of its working directory once the command
	// runs, so that a file system can be unmounted.
	leaveDirectory bool
	voice          voice
}

// voice is how a program speaks of what happens.
type voice interface {
	// begin is called before the command is started; adopts tells whether orphans
	// are given to nile.
	begin(adopts bool)
	// started tells of a command that runs, cannotStart of one that cannot, for
	// which the program has an exit code.
	started(command string, pid int)
	cannotStart(command string, err syscall.Errno) (code int)
	// received tells of a signal, passedOn of one that has been sent because of it.
	received(num int)
	passedOn(num int)
	// reaping begins, and then each process is told of.
	reaping()
	reaped(pid int, status syscall.WaitStatus, main bool)
	// trouble tells of something that only nile knows of.
	trouble(text string)
	// end is called last.
	end(code int)
}

// personalityOf is the program that a path names.
func personalityOf(program string) (personality, bool) {
	p, ok := personalities[filepath.Base(program)]
	return p, ok
}

// impersonate runs what another program would run, if nile is called by its name.
func impersonate(argv, environ []string) (code int, ok bool) {
	if len(argv) == 0 {
		return 0, false
	}
	understand, ok := personalityOf(argv[0])
	if !ok {
		return 0, false
	}
	run, answer := understand(&call{program: argv[0], args: argv[1:], environ: environ})
	if answer != nil {
		say(unix.Stdout, answer.stdout)
		say(unix.Stderr, answer.stderr)
		return answer.code, true
	}
	return run.run(), true
}

// leavingSpec is the run of a command whose leftovers are nobody's business, as with
// all of these programs.
func leavingSpec(argv []string) *supervisor.Spec {
	spec := wrapSpec(argv)
	spec.Wrap.Leftovers = supervisor.LeftoversLeave
	return spec
}

func (s *standIn) run() int {
	if s.parentDeath != 0 {
		dieWithParent(s.parentDeath)
	}
	kernel := reaper.NewPlain()
	if s.subreaper {
		var err error
		if kernel, err = reaper.New(); err != nil {
			s.voice.trouble(err.Error())
			return exitFailed
		}
	}
	kernel.Observe = false
	s.voice.begin(kernel.Adopts())
	w := &witness{Reaper: kernel, standIn: s}
	options := loop.Options{Kernel: w, Note: s.note}
	if s.spec == nil {
		options.Signals = mustOpenSignals()
		loop.Pause(options, w.tell)
		return 0
	}
	options.Signals = mustOpenSignals()
	options.Passed = func(sig syscall.Signal) { s.voice.passedOn(int(sig)) }
	code := loop.Run(s.spec, options).Code
	s.voice.end(code)
	return code
}

// note hears of what the kernel is not asked for: signals that have come, and
// trouble. The rest is told by the witness.
func (s *standIn) note(n supervisor.Note) {
	final := n.To == string(supervisor.Failed) || n.To == string(supervisor.Completed)
	switch {
	case n.Signal != 0:
		s.voice.received(n.Signal)
	case !final && (n.Level == supervisor.LevelWarn || n.Level == supervisor.LevelError):
		s.voice.trouble(n.Why)
	}
}

// say writes to a descriptor, unless nobody reads there: an init must not wait for
// its own words to be heard.
func say(fd int, text string) {
	for len(text) > 0 {
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 1000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || ready == 0 {
			return
		}
		// What a pipe with room takes at once, see pipe(7) on PIPE_BUF.
		n, err := unix.Write(fd, []byte(text[:min(len(text), 4096)]))
		if err != nil && err != unix.EINTR && err != unix.EAGAIN {
			return
		}
		text = text[max(n, 0):]
	}
}

// dieWithParent has nile get a signal when its parent ends. The parent that has
// ended before can only be told by its number.
func dieWithParent(sig syscall.Signal) {
	parent := os.Getppid()
	// Of this thread, see PR_SET_PDEATHSIG in prctl(2); Go's never end.
	if unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(sig), 0, 0, 0) == nil && os.Getppid() != parent {
		_ = syscall.Kill(os.Getpid(), sig)
	}
}

// number is atoi(3): the digits at the beginning, 0 where there are none.
func number(text string) int {
	text = strings.TrimLeft(text, " \t")
	sign := 1
	if strings.HasPrefix(text, "-") {
		sign, text = -1, text[1:]
	}
	n := 0
	for i := 0; i < len(text) && text[i] >= '0' && text[i] <= '9' && n < 1000; i++ {
		n = 10*n + int(text[i]-'0')
	}
	return sign * n
}

// capital is an error or signal as the C library words it, which Go begins with a
// small letter.
func capital(text string) string {
	return strings.ToUpper(text[:1]) + text[1:]
}
