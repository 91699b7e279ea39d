package loop

import (
	"fmt"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/signals"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// lastGrace is how long sidecars have to end after the mains in the degraded
// mode, where nobody knows the pod's grace any more.
const lastGrace = 10 * time.Second

// keptEvents is how many of the last events are shown when the machine fails.
const keptEvents = 16

// step tells the machine an event. A panic in it must not take the container
// down: nile goes on as a plain init, with what runs.
func (l *loop) step(event supervisor.Event) (actions []supervisor.Action) {
	l.recent = append(l.recent, event)
	if len(l.recent) > keptEvents {
		l.recent = l.recent[1:]
	}
	defer func() {
		if cause := recover(); cause != nil {
			actions = nil
			l.degrade(event, cause, debug.Stack())
		}
	}()
	return l.machine.Step(time.Now(), event)
}

// guard does a part of the loop's work. A panic in it makes nile a plain init too.
func (l *loop) guard(work func()) {
	defer func() {
		if cause := recover(); cause != nil {
			l.degrade(nil, cause, debug.Stack())
		}
	}()
	work()
}

// attempt does what a plain init can do without, and may be what is broken.
func attempt(work func()) {
	defer func() { _ = recover() }()
	work()
}

// degrade runs what is left of the pod as a plain init does: it reaps, passes
// every signal on to what runs, starts nothing, and ends with the code of the
// first main that ended in failure, before or since, once all mains are gone.
func (l *loop) degrade(event supervisor.Event, cause any, stack []byte) {
	l.degraded = true
	attempt(func() {
		l.Note(supervisor.Note{Level: supervisor.LevelError, Why: fmt.Sprintf(
			"internal error: %v; nile goes on as a plain init: it reaps, passes signals on and restarts nothing. "+
				"Please report this with the last events %+v and the stack: %s", cause, l.recent, stack)})
	})
	for _, frozen := range l.frozen {
		frozen.LetGo()
	}
	if sig, ok := event.(supervisor.Signal); ok && l.passed == 0 {
		l.signalAll(syscall.Signal(sig.Num))
	}
	attempt(l.killDoomed)
	for _, e := range l.untold { // reaped together with the one that broke the machine
		l.forget(e)
	}
	l.untold = nil
	for l.mainRuns() {
		signal, event := l.Signals.Next(time.Time{})
		l.Kernel.Drain(func(e reaper.Exit) { l.forget(e) })
		switch {
		case event == signals.Arrived && signal.Num != syscall.SIGCHLD && !signal.Passed:
			l.signalAll(signal.Num)
		case event == signals.Woken:
			attempt(l.takeReports)
		}
	}
	l.signalAll(syscall.SIGTERM)
	deadline := time.Now().Add(lastGrace)
	for late := false; len(l.running) > 0 && !late; {
		_, event := l.Signals.Next(deadline)
		l.Kernel.Drain(func(e reaper.Exit) { l.forget(e) })
		if event == signals.Expired {
			l.signalAll(syscall.SIGKILL)
			late = true
		}
	}
	l.result = &Result{Code: l.degradedCode(), Message: "ended as a plain init after an internal error"}
}

// forget takes the end of a process down.
func (l *loop) forget(e reaper.Exit) {
	if !e.Started || l.byPID[e.PID] != nil {
		return // an orphan, or the command of a probe
	}
	if e.Frozen != nil {
		e.Frozen.LetGo() // and it comes again
		return
	}
	name := containerOf(e.Owner)
	delete(l.running, name)
	l.stopPassing(e.PID)
	l.codes[name] = statusOf(e).ExitCode()
}

func (l *loop) mainNames() []string { return l.order[len(l.order)-l.mains:] }

func (l *loop) mainRuns() bool {
	for _, name := range l.mainNames() {
		if _, runs := l.running[name]; runs {
			return true
		}
	}
	return false
}

func (l *loop) signalAll(num syscall.Signal) {
	for _, name := range l.order {
		if pid, runs := l.running[name]; runs {
			_, _ = l.Kernel.Signal(pid, num, reaper.Process)
		}
	}
}

func (l *loop) degradedCode() int {
	for _, name := range l.mainNames() {
		if code := l.codes[name]; code != 0 {
			return code
		}
	}
	return 0
}
