// Package loop runs a pod: it turns signals, ends of processes and timers into
// the events of a [supervisor.Machine] and carries out the actions that come
// back. It is the one goroutine that forks, waits, kills and decides, so that a
// start and a reap can never race.
package loop

import (
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/internal/metrics"
	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/internal/startstate"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// Kernel is what the loop needs of the operating system. [reaper.Reaper] is the
// real one.
type Kernel interface {
	Start(*reaper.Command) (pid int, err error)
	Drain(func(reaper.Exit))
	Signal(pid int, sig syscall.Signal, scope reaper.Scope) (int, error)
	KillTrees(pids []int) (int, error)
	HasStrays() bool
	Strays(owner string) int
	SignalStrays(owner string, sig syscall.Signal) int
	SignalStraysOfGroup(owner string, sig syscall.Signal) int
}

// Queue is where the loop waits: for signals, for other goroutines that wake it, and
// for a deadline. [signals.Queue] is the real one, whose rules hold here.
type Queue interface {
	Next(deadline time.Time) (signals.Signal, signals.Event)
	Wake()
	Pass(set startstate.Set, target int)
}

// Options are what a run needs beside its pod.
type Options struct {
	Kernel  Kernel
	Signals Queue
	// Note is told everything that happens. It must not block.
	Note func(supervisor.Note)
	// Orphans has the machine told of each orphan that is reaped. It is most of what
	// reaping one costs, so leave it out where nobody would see the note.
	Orphans bool
	// Passed, where not nil, is told of each signal that the queue has sent to the
	// process already, in the place of Kernel.Signal.
	Passed func(syscall.Signal)
	// Process, where not nil, is asked before each start for the process as it
	// is to be started now: parts of it may come from files that an init
	// container writes. nil means that the one in the spec stands. An error is
	// tried again later, as the kubelet does.
	Process func(container string) (*supervisor.Process, error)
	// Pipes, where not nil, says that the Kernel has made the first start before, and
	// where its output comes from.
	Pipes *early.Pipes
	// Colour allows it in what is put before the containers' output, where that goes
	// to a terminal.
	Colour bool
	// OOMKills is how many processes of nile's cgroup the kernel's OOM killer has
	// killed so far. It may be nil, and ok is false where nobody counts them.
	OOMKills func() (n int, ok bool)
	// Started is called once, when the first child has been started, or could not be:
	// what is not needed for that is set up from here. It is called by the loop and
	// must not block. It may be nil.
	Started func(*Handle)
	// Starting, where not nil, is called by the loop before each start of a container's
	// process, which may want what nile has until then, such as a port. It must not wait
	// for anybody.
	Starting func()
	// Linger, where not nil, is called by the loop when the pod has ended, and calls done,
	// from any goroutine, when what is still to be told of it has been told. Until then,
	// for at most a few seconds, the Handle goes on working.
	Linger func(done func())
	// Metrics counts what no Note tells of; nil where nobody wants to know.
	Metrics *metrics.Recorder
	// Crash, where not nil, is told of each failed run and has to keep the evidence. It
	// is called by the loop, between two actions of the machine, and must not block.
	Crash func(*postmortem.Facts)
}

// Result is how a run ended.
type Result struct {
	Code    int                 // nile's exit code
	Message string              // the sentence that explains it
	Last    supervisor.Snapshot // the pod as it ended
}

// stepper is the machine as the loop sees it.
type stepper interface {
	Step(time.Time, supervisor.Event) []supervisor.Action
	Snapshot() supervisor.Snapshot
	Holds(now time.Time, pid int, status supervisor.Status) bool
}

// loop is one run of a pod.
type loop struct {
	Options
	spec       *supervisor.Spec
	machine    stepper
	order      []string // the containers, as in the manifest
	mains      int      // how many of these, from the end, are mains
	containers map[string]*supervisor.Container
	commands   map[string]*reaper.Command // by container
	latest     map[string]*reaper.Command // by container: what was last started
	owners     map[string]string          // by container: the owner of its latest run
	running    map[string]int             // by container: the process that runs
	frozen     map[string]*reaper.Frozen  // by container: the process of a held one that stands still
	emptying   map[string]int             // by container: the generation that waits for Emptied
	target     int                        // the process that the queue passes signals on to; 0: none
	passed     int                        // the signal being told, if target has it already
	oomKills   map[string]int             // by container: OOMKills before its latest start
	counted    counted                    // OOMKills since the loop has last waited
	traces     map[string]*trace          // by container: what was seen of its latest run; only with Crash
	codes      map[string]int             // by container: the exit code of its last run, for the degraded mode
	stdin      *os.File                   // of the pod's processes; kept from the garbage collector
	errands    map[string]*errand         // probes and hooks under way, by key
	byPID      map[int]*errand            // those that are processes, given up or not
	doomed     []doomed                   // to be killed before the next wait
	exits      []reaper.Exit              // what the last reap has found; kept for its room
	untold     []reaper.Exit              // those of exits that are still to be told
	ended      func(reaper.Exit)          // adds to exits
	reports    chan report                // of errands that are not processes, or whose output is read
	over       chan struct{}              // closed when the loop ends
	timers     *timers
	output     *output.Manager
	troubles   chan error // of the output
	takeLook   func(pid int, why string) postmortem.Look
	takeScene  func(isOrphan func(pid int) bool) *postmortem.Scene
	sceneLate  <-chan *postmortem.Scene // one that takes too long
	tails      sync.WaitGroup           // questions for the output of what has crashed
	gens       map[string]int           // by container: the generation of its latest run
	begun      time.Time
	probes     int // how many the pod has
	queue      []supervisor.Event
	recent     []supervisor.Event // the last ones, for the report of an internal error
	result     *Result

	degraded    bool             // the machine is broken, and nile a plain init
	lastCommand uint64           // the ID of the latest command
	reply       supervisor.Reply // the latest reply of the machine
}

// Run runs the pod to its end. It must be called once in a process, and nobody
// else may wait for children meanwhile.
func Run(spec *supervisor.Spec, options Options) Result {
	return newLoop(spec, supervisor.New(*spec), options).run()
}

func newLoop(spec *supervisor.Spec, machine stepper, options Options) *loop {
	l := &loop{
		Options:    options,
		spec:       spec,
		machine:    machine,
		mains:      len(spec.Main),
		containers: map[string]*supervisor.Container{},
		commands:   map[string]*reaper.Command{},
		latest:     map[string]*reaper.Command{},
		errands:    map[string]*errand{},
		byPID:      map[int]*errand{},
		reports:    make(chan report, 64),
		over:       make(chan struct{}),
		troubles:   make(chan error, 64),
		owners:     map[string]string{},
		running:    map[string]int{},
		frozen:     map[string]*reaper.Frozen{},
		emptying:   map[string]int{},
		oomKills:   map[string]int{},
		traces:     map[string]*trace{},
		takeLook:   postmortem.TakeLook,
		takeScene:  postmortem.TakeScene,
		codes:      map[string]int{},
		timers:     newTimers(),
		gens:       map[string]int{},
		begun:      time.Now(),
	}
	l.ended = func(e reaper.Exit) {
		l.Metrics.Reaped(e.Started)
		if e.Started || l.Orphans {
			l.exits = append(l.exits, e)
		}
	}
	l.stdin = os.Stdin
	if !spec.Forward {
		l.stdin = openStdin()
	}
	for _, list := range [][]supervisor.Container{spec.Init, spec.Main} {
		for i := range list {
			l.order = append(l.order, list[i].Name)
			l.containers[list[i].Name] = &list[i]
			for _, probe := range []*supervisor.Probe{list[i].Startup, list[i].Liveness, list[i].Readiness} {
				if probe != nil {
					l.probes++
				}
			}
			l.commands[list[i].Name] = command(&list[i].Process, spec.Forward, l.stdin.Fd())
		}
	}
	l.output = l.newOutput()
	return l
}

func (l *loop) run() Result {
	l.output.Postpone()
	l.tell(supervisor.Boot{})
	l.output.Resume()
	writers := l.output.Writers(l.outputs())
	if !l.spec.Forward {
		writers += logThreads
	}
	reserveThreads(writers)
	reservePoller()
	if l.Started != nil {
		l.Started(&Handle{l})
	}
	for l.result == nil {
		l.wait()
	}
	l.linger()
	l.killDoomed()
	close(l.over)
	l.lastNotes()
	l.sweep()
	l.tails.Wait()
	l.endOutput()
	l.result.Last = l.machine.Snapshot()
	return *l.result
}

// lastNotes tells what others wanted told when the pod ended.
func (l *loop) lastNotes() {
	for {
		select {
		case r := <-l.reports:
			if r.note != nil {
				l.Note(*r.note)
			}
		default:
			return
		}
	}
}

// wait blocks until something happens and tells the machine of it. What has ended
// by then is told first: an end that came before a signal, an answer or a deadline
// counts as in time. An end may be the work of a signal that has been passed on.
func (l *loop) wait() {
	l.killDoomed()
	l.counted.fresh = false
	signal, event := l.Signals.Next(l.timers.earliest())
	if signal.Passed {
		l.signalled(signal)
	}
	l.reap()
	switch event {
	case signals.Arrived:
		if signal.Num != syscall.SIGCHLD && !signal.Passed {
			l.signalled(signal)
		}
	case signals.Woken:
		l.takeReports()
	case signals.Expired:
		l.fire()
	}
}

// fire tells of every timer that is due.
func (l *loop) fire() {
	// The time is taken once: what has become due since has an end, perhaps, that is
	// to be reaped first.
	for now := time.Now(); ; {
		timer, due := l.timers.next(now)
		if !due {
			return
		}
		l.countTimeout(timer)
		l.tell(supervisor.Fired{Timer: timer})
	}
}

// reap takes the status of every process that has ended and tells of it.
func (l *loop) reap() {
	l.exits = l.exits[:0]
	l.Kernel.Drain(l.ended)
	for l.untold = l.exits; len(l.untold) > 0; {
		e := l.untold[0]
		l.untold = l.untold[1:]
		if errand := l.byPID[e.PID]; errand != nil && e.Started {
			l.executed(errand, e)
			continue
		}
		if !e.Started {
			l.tell(orphan(e))
			continue
		}
		if e.Frozen != nil && !l.keep(e) {
			continue
		}
		l.tellExit(containerOf(e.Owner), l.exited(e))
	}
	if len(l.emptying) == 0 {
		return
	}
	for _, name := range l.order {
		for _, event := range l.checkEmpty(name) {
			l.tell(event)
		}
	}
}

func statusOf(e reaper.Exit) supervisor.Status {
	if e.Status.Signaled() {
		return supervisor.Status{Signal: int(e.Status.Signal()), Core: e.Status.CoreDump()}
	}
	return supervisor.Status{Code: e.Status.ExitStatus()}
}

func orphan(e reaper.Exit) supervisor.Event {
	return supervisor.Orphan{PID: e.PID, Status: statusOf(e), Name: containerOf(e.Owner), Command: e.Command, LostParent: e.LostParent}
}

func (l *loop) exited(e reaper.Exit) supervisor.Exited {
	name, status := containerOf(e.Owner), statusOf(e)
	delete(l.running, name)
	l.stopPassing(e.PID)
	l.codes[name] = status.ExitCode()
	exited := supervisor.Exited{
		PID: e.PID, Status: status, Strays: l.strays(name), Frozen: e.Frozen != nil, OOMKilled: l.oomKilled(name, status), Message: l.takeMessage(name),
		Usage: supervisor.Usage{User: e.Usage.User, System: e.Usage.System, MaxRSS: e.Usage.MaxRSS},
	}
	l.traceEnd(name, &exited)
	return exited
}

// strays counts what the last run of a container has left behind. Most leave
// nothing, and then the cheap question suffices; sometimes nobody wants to know.
func (l *loop) strays(name string) int {
	if l.spec.Wrap.Leftovers == supervisor.LeftoversLeave || !l.Kernel.HasStrays() {
		return 0
	}
	return l.Kernel.Strays(l.strayOwner(name))
}

// strayOwner is whose strays belong to a container. All that a wrapped program
// leaves behind is its own, whoever it says it is.
func (l *loop) strayOwner(name string) string {
	if l.spec.Forward {
		return ""
	}
	return l.owners[name]
}

// tell gives the machine an event and carries out what it answers, and goes on
// with the events that come of this, until there are none.
func (l *loop) tell(event supervisor.Event) {
	l.queue = append(l.queue, event)
	for len(l.queue) > 0 && l.result == nil {
		event, l.queue = l.queue[0], l.queue[1:]
		if probed, ok := event.(supervisor.Probed); ok {
			l.traceProbe(probed)
		}
		for _, action := range l.step(event) {
			l.do(action)
		}
	}
}

// sweep ends what is left at the very end and belongs to nobody. As PID 1 the
// kernel would do it; elsewhere it would go on living for ever.
func (l *loop) sweep() {
	if l.spec.Wrap.Leftovers == supervisor.LeftoversLeave || !l.Kernel.HasStrays() {
		return
	}
	if l.Kernel.SignalStrays("", syscall.SIGKILL) > 0 {
		l.Kernel.Drain(func(reaper.Exit) {})
	}
}
