package loop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/internal/startstate"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// fakeKernel is an operating system in memory: processes live as long as their
// command's only argument says and obey signals as it says.
type fakeKernel struct {
	mu      sync.Mutex // processes end in goroutines of their timers
	logMu   sync.Mutex
	t       *testing.T
	begin   time.Time
	queue   *fakeQueue
	next    int
	live    map[int]*fakeProcess
	ended   []reaper.Exit
	strays  map[string]int
	refuse  map[string][]error // by command: what its next starts fail with
	log     []string
	idle    func() // Options.Idle
	batches []int  // how many trees were killed at a time
}

type fakeProcess struct {
	command *reaper.Command
	ignores syscall.Signal
}

// fakeQueue is a queue of signals in memory.
type fakeQueue struct {
	passes  startstate.Set // what goes to target at once
	target  int
	arrived chan signals.Signal
	woken   chan struct{}
	freeze  atomic.Int64 // how much later than its deadline the next wait ends
	turn    sync.Mutex   // see [fakeKernel.after]
}

func newFakeQueue() *fakeQueue {
	return &fakeQueue{arrived: make(chan signals.Signal, 64), woken: make(chan struct{}, 1)}
}

// Pass lets pass send on what is in the set.
func (q *fakeQueue) Pass(set startstate.Set, target int) { q.passes, q.target = set, target }

// pass is what the real queue does with a signal.
func (k *fakeKernel) pass(num syscall.Signal) {
	s := signals.Signal{Num: num}
	if k.queue.passes.Has(int(num)) {
		s.Passed = true
		k.say("%s passed to %s", supervisor.SignalName(int(num)), k.live[k.queue.target].command.Argv[0])
	}
	k.queue.arrived <- s
}

func (q *fakeQueue) send(num syscall.Signal) { q.arrived <- signals.Signal{Num: num} }

func (q *fakeQueue) Wake() {
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

// tellRaceDetector lets all that was done before it be seen by what comes after a later one.
func (q *fakeQueue) tellRaceDetector() {
	q.turn.Lock()
	defer q.turn.Unlock()
}

func (q *fakeQueue) Next(deadline time.Time) (signals.Signal, signals.Event) {
	q.tellRaceDetector()
	var expired <-chan time.Time
	if !deadline.IsZero() {
		expired = time.After(time.Until(deadline))
	}
	select {
	case s := <-q.arrived:
		return s, signals.Arrived
	case <-q.woken:
		return signals.Signal{}, signals.Woken
	case <-expired:
		time.Sleep(time.Duration(q.freeze.Swap(0)))
		return signals.Signal{}, signals.Expired
	}
}

func newFakeKernel(t *testing.T) *fakeKernel {
	return &fakeKernel{
		t: t, begin: time.Now(), queue: newFakeQueue(), next: 100,
		live: map[int]*fakeProcess{}, strays: map[string]int{}, refuse: map[string][]error{},
	}
}

// after calls do later. In a bubble of fake time that is while the loop waits, so that one may look at what it has
// done and change what it will find; the race detector doesn't know that of the timers of a bubble.
func (k *fakeKernel) after(later time.Duration, do func()) {
	time.AfterFunc(later, func() {
		k.queue.tellRaceDetector()
		do()
		k.queue.tellRaceDetector()
	})
}

func (k *fakeKernel) say(format string, args ...any) {
	k.logMu.Lock()
	defer k.logMu.Unlock()
	k.log = append(k.log, fmt.Sprintf("%s ", time.Since(k.begin))+fmt.Sprintf(format, args...))
}

func (k *fakeKernel) Start(c *reaper.Command) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := c.Argv[0]
	if errs := k.refuse[name]; len(errs) > 0 {
		k.refuse[name] = errs[1:]
		k.say("start %s fails", name)
		return 0, errs[0]
	}
	k.next++
	copied := *c
	p := &fakeProcess{command: &copied}
	k.live[k.next] = p
	k.say("start %s", name)
	if len(c.Argv) > 1 {
		switch life, err := time.ParseDuration(c.Argv[1]); {
		case c.Argv[1] == "stubborn":
			p.ignores = syscall.SIGTERM
		case err == nil:
			pid := k.next
			k.after(life, func() { k.end(pid, 0) })
		}
	}
	return k.next, nil
}

// end ends a process with a wait status.
func (k *fakeKernel) end(pid int, status syscall.WaitStatus) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.endLocked(pid, status)
}

func (k *fakeKernel) endLocked(pid int, status syscall.WaitStatus) {
	p := k.live[pid]
	if p == nil {
		return
	}
	delete(k.live, pid)
	k.ended = append(k.ended, reaper.Exit{PID: pid, Status: status, Started: true, Owner: p.command.Owner})
	k.queue.send(syscall.SIGCHLD)
}

func (k *fakeKernel) Drain(fn func(reaper.Exit)) {
	k.mu.Lock()
	ended := k.ended
	k.ended = nil
	k.mu.Unlock()
	for _, e := range ended {
		fn(e)
	}
}

func (k *fakeKernel) Signal(pid int, sig syscall.Signal, scope reaper.Scope) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.live[pid]
	if p == nil {
		k.t.Errorf("signal %v to process %d, which is not there", sig, pid)
		return 0, syscall.ESRCH
	}
	k.say("%s to %s", supervisor.SignalName(int(sig)), p.command.Argv[0])
	if sig == syscall.SIGKILL || sig == syscall.SIGTERM && p.ignores != sig {
		k.endLocked(pid, syscall.WaitStatus(sig))
	}
	return 1, nil
}

func (k *fakeKernel) KillTrees(pids []int) (n int, err error) {
	k.batches = append(k.batches, len(pids))
	for _, pid := range pids {
		one, failure := k.Signal(pid, syscall.SIGKILL, reaper.Tree)
		if n += one; err == nil {
			err = failure
		}
	}
	return n, err
}

func (k *fakeKernel) HasStrays() bool { return len(k.strays) > 0 }

func (k *fakeKernel) Strays(owner string) int { return k.strays[owner] }

func (k *fakeKernel) SignalStrays(owner string, sig syscall.Signal) int {
	n := k.strays[owner]
	delete(k.strays, owner)
	return n
}

func (k *fakeKernel) SignalStraysOfGroup(owner string, sig syscall.Signal) int {
	return k.SignalStrays(owner, sig)
}

// run runs a pod under the fake kernel in a bubble of fake time.
func run(t *testing.T, spec *supervisor.Spec, prepare func(k *fakeKernel)) (*fakeKernel, Result) {
	t.Helper()
	var k *fakeKernel
	var result Result
	synctest.Test(t, func(t *testing.T) {
		k = newFakeKernel(t)
		if prepare != nil {
			prepare(k)
		}
		result = Run(spec, Options{Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {}, Idle: k.idle})
	})
	return k, result
}

func container(name string, argv ...string) supervisor.Container {
	return supervisor.Container{Name: name, Process: supervisor.Process{Argv: append([]string{name}, argv...)}}
}

func expectLog(t *testing.T, k *fakeKernel, want ...string) {
	t.Helper()
	if !slices.Equal(k.log, want) {
		t.Errorf("what happened:\n  %s\nwant:\n  %s", strings.Join(k.log, "\n  "), strings.Join(want, "\n  "))
	}
}
