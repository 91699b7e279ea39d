package loop

import (
	"fmt"
	"strings"
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

// trace is what is taken down about a run, for the report if it fails.
type trace struct {
	usage   supervisor.Usage
	message bool // it has left a termination message itself
	oom     postmortem.OOMKills
	scene   *postmortem.Scene
	looks   []postmortem.Look
	late    <-chan postmortem.Look // one that took longer
	probes  []postmortem.ProbeResult
}

// traceStart begins the trace of a run that is about to be started.
func (l *loop) traceStart(name string) {
	if l.Crash == nil {
		return
	}
	before, known := l.oomKills[name]
	l.traces[name] = &trace{oom: postmortem.OOMKills{Known: known, Before: before, After: before}}
}

// traceEnd takes down how a run has ended, and who is left where it has left anybody: by
// the time it is judged they may be gone.
func (l *loop) traceEnd(name string, e *supervisor.Exited) {
	t := l.traces[name]
	if t == nil {
		return
	}
	t.usage, t.message = e.Usage, e.Message != ""
	if t.oom.Known {
		if now, ok := l.OOMKills(); ok {
			t.oom.After = now
		}
	}
	failed := e.Status.ExitCode() != 0
	if t.oom.After > t.oom.Before && !failed {
		l.Note(supervisor.Note{Level: supervisor.LevelWarn, Name: name, PID: e.PID, Why: fmt.Sprintf(
			"ended with success, but the OOM killer has killed a process of the cgroup meanwhile (oom_kill %d→%d)", t.oom.Before, t.oom.After)})
	}
	if failed && e.Strays > 0 {
		t.scene = l.scene()
	}
}

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

// look takes a look at a process while it is there.
func (l *loop) look(name string, pid int, why string) {
	t := l.traces[name]
	if t == nil || pid == 0 {
		return
	}
	look, late := within(l, lookTime, func() postmortem.Look { return l.takeLook(pid, why) })
	if late != nil {
		t.late = late
		return
	}
	t.addLook(look)
}

func (t *trace) addLook(look postmortem.Look) {
	t.looks = append(t.looks, look)
	t.looks = t.looks[max(0, len(t.looks)-maxLooks):]
}

// traceProbe takes down the result of a probe. At the first failure of one that ends the
// container the process is looked at: when it is killed it may be past telling.
func (l *loop) traceProbe(p supervisor.Probed) {
	t := l.traces[p.Name]
	if t == nil {
		return
	}
	r := t.probe(string(p.Kind), l.containers[p.Name])
	r.At, r.Message = time.Now(), p.Message
	switch p.Result {
	case supervisor.ProbeSuccess:
		r.Result, r.Failures = "success", 0
	case supervisor.ProbeFailure:
		r.Result = "failure"
		r.Failures++
		if r.Failures == 1 && p.Kind != supervisor.ProbeReadiness {
			l.look(p.Name, l.running[p.Name], "the "+string(p.Kind)+" probe has failed once")
		}
	case supervisor.ProbeUnknown:
		r.Result = "unknown"
	}
}

// probe is the record of a container's probe.
func (t *trace) probe(kind string, c *supervisor.Container) *postmortem.ProbeResult {
	for i := range t.probes {
		if t.probes[i].Kind == kind {
			return &t.probes[i]
		}
	}
	r := postmortem.ProbeResult{Kind: kind}
	if spec := probeOf(c, kind); spec != nil {
		r.Handler = handlerText(&spec.Handler)
	}
	t.probes = append(t.probes, r)
	return &t.probes[len(t.probes)-1]
}

func probeOf(c *supervisor.Container, kind string) *supervisor.Probe {
	switch supervisor.ProbeKind(kind) {
	case supervisor.ProbeStartup:
		return c.Startup
	case supervisor.ProbeLiveness:
		return c.Liveness
	case supervisor.ProbeReadiness:
		return c.Readiness
	}
	return nil
}

// handlerText names what a probe does, as people write it.
func handlerText(h *supervisor.Handler) string {
	switch {
	case h.HTTPGet != nil:
		scheme := ""
		if h.HTTPGet.Scheme != "" && h.HTTPGet.Scheme != "HTTP" || h.HTTPGet.Host != "" {
			scheme = strings.ToLower(h.HTTPGet.Scheme) + "://" + h.HTTPGet.Host
		}
		return fmt.Sprintf("GET %s:%d%s", scheme, h.HTTPGet.Port, h.HTTPGet.Path)
	case h.TCPSocket != nil:
		return fmt.Sprintf("tcp %s:%d", h.TCPSocket.Host, h.TCPSocket.Port)
	case h.GRPC != nil:
		return fmt.Sprintf("grpc :%d", h.GRPC.Port)
	case len(h.Exec) > 0:
		return "exec " + strings.Join(h.Exec, " ")
	}
	return "handler"
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
