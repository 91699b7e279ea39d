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

	"github.com/nile-init/nile/internal/notify"
	"github.com/nile-init/nile/internal/output"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

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
	noStrays   bool                       // none of exits has left anything behind
	ended      func(reaper.Exit)          // adds to exits
	reports    chan report                // of errands that are not processes, or whose output is read
	over       chan struct{}              // closed when the loop ends
	timers     *timers
	output     *output.Manager
	troubles   chan error // of the output
	takeLook   func(pid int, why string) postmortem.Look
	takeScene  func(isOrphan func(pid int) bool) *postmortem.Scene
	sceneLate  <-chan *postmortem.Scene   // one that takes too long
	tails      sync.WaitGroup             // questions for the output of what has crashed
	asked      map[string]<-chan struct{} // by container: closed when the latest of these is answered
	numbers    map[string]int             // by container: its part in the names of its sockets
	nextNumber int
	sources    map[string]*notify.Source // by container: where its run says that it is ready
	gens       map[string]int            // by container: the generation of its latest run
	begun      time.Time
	probes     int       // how many the pod has
	watching   *watching // nil where nothing is watched
	rewatch    time.Time // since when something else may have to be watched; zero for nothing
	queue      []supervisor.Event
	recent     []supervisor.Event // the last ones, for the report of an internal error
	result     *Result

	processes  map[string]*supervisor.Process // by container: what it was last started with, where that is not its spec's
	reloadedAs supervisor.Reloaded            // the latest answer to a reload
	accepted   func()                         // called where it is accepted

	degraded    bool             // the machine is broken, and nile a plain init
	lastCommand uint64           // the ID of the latest command
	reply       supervisor.Reply // the latest reply of the machine
	unsent      string           // why a signal was not sent during the latest command; empty where none was refused
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
	for _, c := range spec.Containers() {
		l.order = append(l.order, c.Name)
		l.containers[c.Name] = c
		l.commands[c.Name] = command(&c.Process, spec.Forward, l.stdin.Fd())
	}
	l.countProbes()
	l.output = l.newOutput()
	return l
}

func (l *loop) run() Result {
	if !l.spec.Forward {
		l.reserve()
	}
	l.output.Postpone()
	l.guard(func() { l.tell(supervisor.Boot{}) })
	l.output.Resume()
	if l.spec.Forward {
		l.reserve()
	}
	if l.Started != nil {
		l.Started(&Handle{l})
	}
	l.watch(l.begun)
	l.tidyUp()
	for l.result == nil {
		l.guard(l.wait)
	}
	l.stopWatching()
	l.linger()
	l.killDoomed()
	close(l.over)
	l.lastNotes()
	l.endNotify()
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
	signal, event := l.Signals.Next(l.untilIdle(l.timers.earliest()))
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
		l.idle()
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
	if !l.rewatch.IsZero() {
		l.watch(l.rewatch)
	}
}
