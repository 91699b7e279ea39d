package loop

import (
	"fmt"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/supervisor"
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
		if now, ok := l.countNow(); ok {
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
