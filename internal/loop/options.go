package loop

import (
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/internal/metrics"
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
	// Mask, where not nil, takes secrets out of what processes, probes and hooks have said, before
	// anybody is told of it. It must not block.
	Mask func(string) string
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
	// Taken, where not nil, is called by the loop for each signal that nile is sent, and tells
	// whether that has been for nile itself: the machine does not hear of it then. It must
	// not block.
	Taken func(syscall.Signal) bool
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
	// Idle, where not nil, is called by the loop once, a moment after the start: what the end
	// needs can be got ready while nobody waits for it. It must not block.
	Idle func()
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
