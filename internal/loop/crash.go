package loop

import (
	"fmt"
	"time"

	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

const (
	// lookTime is how long the loop waits for a look at a process that is about to be
	// ended: what /proc tells in that time is seen before the signal.
	lookTime = 25 * time.Millisecond
	// sceneTime is the same for a look at all processes, before strays are killed.
	sceneTime = 100 * time.Millisecond
	maxLooks  = 4
)

// scene looks at who runs, and gives up when that takes too long: a command line is in the
// memory of its process, and one that hangs in the kernel can keep its readers waiting for
// good. The report looks again then. There is one such look at a time.
func (l *loop) scene() *postmortem.Scene {
	if l.sceneLate != nil {
		select {
		case <-l.sceneLate:
		default:
			return nil
		}
	}
	started := map[int]bool{}
	for _, pid := range l.running {
		started[pid] = true
	}
	for pid := range l.byPID {
		started[pid] = true
	}
	var scene *postmortem.Scene
	scene, l.sceneLate = within(l, sceneTime, func() *postmortem.Scene {
		// A child of nile is an orphan where nile has not started it.
		return l.takeScene(func(pid int) bool { return !started[pid] })
	})
	return scene
}

// within does beside the loop what may hang, and returns what comes of it in time, or
// else by what channel it comes later. Of one that panics nothing comes, which is told.
func within[T any](l *loop, limit time.Duration, do func() T) (result T, late <-chan T) {
	done := make(chan T, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				var nothing T
				done <- nothing
				l.sendNote(supervisor.Note{Level: supervisor.LevelError, Why: fmt.Sprintf("internal error while looking at processes: %v", cause)})
			}
		}()
		done <- do()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case result = <-done:
		return result, nil
	case <-timer.C:
		return result, done
	}
}

// crashed hands over what is known of a run that has failed.
func (l *loop) crashed(c supervisor.Capture) {
	if l.Crash == nil {
		return
	}
	container, t := l.containers[c.Name], l.traces[c.Name]
	if t == nil {
		t = &trace{}
	}
	select {
	case look := <-t.late:
		t.addLook(look)
	default:
	}
	// A probe that gets no answer in time is not told of here, but it counts.
	if spec := probeOf(container, string(c.Trigger)); spec != nil {
		r := t.probe(string(c.Trigger), container)
		r.Result, r.Failures, r.Message = "failure", max(r.Failures, spec.FailureThreshold), c.Probe
		if r.At.IsZero() {
			r.At = c.End.Finished
		}
	}
	l.Crash(&postmortem.Facts{
		Pod: l.spec.Name, Capture: c, Process: processOf(l.latest[c.Name], &container.Process),
		Usage: t.usage, OOM: t.oom, Scene: t.scene, Looks: t.looks, Probes: t.probes,
		LogMessage: !t.message, Collect: container.Collect, Output: l.outputOf(c.Name, c.Gen),
	})
	delete(l.traces, c.Name)
}

// outputOf asks for the end of what a run has printed, now: by the time it is wanted the
// pod may have ended, and its output with it. The loop waits for the answer only then.
func (l *loop) outputOf(name string, gen int) func() (postmortem.Output, bool) {
	var kept postmortem.Output
	var ok bool
	done := make(chan struct{})
	config := OutputConfig(l.containers[name])
	limit := config.TailLimit()
	if l.asked == nil {
		l.asked = map[string]<-chan struct{}{}
	}
	l.asked[name] = done
	l.tails.Go(func() {
		defer close(done)
		kept, ok = l.lastOutput(name, gen, limit)
	})
	return func() (postmortem.Output, bool) {
		<-done
		return kept, ok
	}
}

// lastOutput is the end of what a run has printed. By now the next one may have begun.
func (l *loop) lastOutput(name string, gen, limit int) (postmortem.Output, bool) {
	for _, previous := range []bool{false, true} {
		tail, ok := l.output.Tail(name, previous)
		if ok && tail.Gen == gen {
			return postmortem.Output{
				Stdout: tail.Stdout, Stderr: tail.Stderr, Merged: tail.Merged,
				StdoutCut: len(tail.Stdout) >= limit, StderrCut: len(tail.Stderr) >= limit,
			}, true
		}
	}
	return postmortem.Output{}, false
}

// processOf is a process as it was started, in the words of the spec.
func processOf(c *reaper.Command, spec *supervisor.Process) supervisor.Process {
	p := *spec
	if c == nil { // it has never come so far
		return p
	}
	p.Argv, p.Env, p.Dir = c.Argv, c.Env, c.Dir
	return p
}
