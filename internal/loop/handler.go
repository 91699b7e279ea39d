package loop

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/nile-init/nile/hooks"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// errand is a probe or a hook under way, for a container.
type errand struct {
	name   string
	what   string   // such as "liveness" or "preStop"
	env    []string // what an exec handler has beside the container's environment
	pid    int      // of an exec handler
	output *capture
	cancel context.CancelFunc  // of any other handler
	ended  func(hooks.Outcome) // of a command that is nobody's probe or hook; called beside the loop
	begun  time.Time           // of a probe, where somebody wants to know
	// answer makes the event that tells the machine how it went.
	answer func(hooks.Outcome) supervisor.Event
}

// key names an errand: a container has at most one of a kind.
func (e *errand) key() string { return e.name + "/" + e.what }

// startProbe makes one probe.
func (l *loop) startProbe(a supervisor.StartProbe) {
	c := l.containers[a.Name]
	p := map[supervisor.ProbeKind]*supervisor.Probe{
		supervisor.ProbeStartup: c.Startup, supervisor.ProbeLiveness: c.Liveness, supervisor.ProbeReadiness: c.Readiness,
	}[a.Kind]
	l.begin(&errand{
		name: a.Name, what: string(a.Kind),
		answer: func(o hooks.Outcome) supervisor.Event {
			result := supervisor.ProbeUnknown
			switch o.Result {
			case hooks.Success, hooks.Warning:
				result = supervisor.ProbeSuccess
			case hooks.Failure:
				result = supervisor.ProbeFailure
			case hooks.Unknown:
			}
			return supervisor.Probed{Name: a.Name, Kind: a.Kind, Number: a.Number, Result: result, Message: l.masked(o.Message)}
		},
	}, &p.Handler, hooks.Probe)
}

// runHook runs a lifecycle hook, or the command about a change.
func (l *loop) runHook(a supervisor.RunHook) {
	c := l.containers[a.Name]
	handler := c.PostStart
	var env []string
	switch a.Hook {
	case supervisor.HookPostStart:
	case supervisor.HookPreStop:
		handler = c.PreStop
	case supervisor.HookChanged:
		handler, env = c.Watch[a.Watch].Exec, []string{"NILE_CHANGED=" + a.Path}
	}
	run := func(ctx context.Context, h *hooks.Handler) hooks.Outcome {
		if err := hooks.Run(ctx, h); err != nil {
			return hooks.Outcome{Result: hooks.Failure, Message: err.Error()}
		}
		return hooks.Outcome{Result: hooks.Success}
	}
	l.begin(&errand{
		name: a.Name, what: string(a.Hook), env: env,
		answer: func(o hooks.Outcome) supervisor.Event {
			done := supervisor.HookDone{Name: a.Name, Gen: a.Gen, Hook: a.Hook, Number: a.Number}
			if o.Result != hooks.Success {
				done.Err = l.masked(o.Message)
			}
			return done
		},
	}, handler, run)
}

// begin sets an errand off. Commands are children of nile's like all others, so
// the loop starts and reaps them; all else is done beside the loop.
func (l *loop) begin(e *errand, h *supervisor.Handler, do func(context.Context, *hooks.Handler) hooks.Outcome) {
	if l.Metrics != nil {
		e.begun = time.Now()
	}
	l.errands[e.key()] = e
	if h.Exec != nil {
		c := *l.latest[e.name]
		c.Argv = h.Exec
		c.Env = append(slices.Clip(c.Env), e.env...)
		c.Owner += "/" + e.what
		l.withoutNotice(&c)
		c.Freeze = false // it is nobody's evidence, and nobody would let it go
		if err := l.execute(e, &c); err != nil {
			delete(l.errands, e.key())
			answer := e.answer(hooks.Outcome{Result: hooks.Unknown, Message: err.Error()})
			l.countProbe(e, answer)
			l.queue = append(l.queue, answer)
		}
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	handler := translate(h)
	go func() {
		defer cancel()
		l.send(e, e.answer(l.judged(e, func() hooks.Outcome { return do(ctx, handler) })))
	}()
}

// judged is the outcome of an errand. That of one that panics is not known, which is told.
func (l *loop) judged(e *errand, judge func() hooks.Outcome) (outcome hooks.Outcome) {
	defer func() {
		if cause := recover(); cause != nil {
			why := fmt.Sprintf("internal error in a %s handler: %v", e.what, cause)
			l.sendNote(supervisor.Note{Level: supervisor.LevelError, Name: e.name, Why: why + "; please report this with the stack: " + string(debug.Stack())})
			outcome = hooks.Outcome{Result: hooks.Unknown, Message: why}
		}
	}()
	return judge()
}

// execute starts the command of an errand: that of a probe or hook as its container's
// user, with its environment and in its directory.
func (l *loop) execute(e *errand, c *reaper.Command) error {
	output, write, err := newCapture()
	if err != nil {
		return err
	}
	defer write.Close()
	c.Files = []uintptr{c.Files[0], write.Fd(), write.Fd()}
	pid, err := l.Kernel.Start(c)
	if err != nil {
		_ = write.Close()
		output.finish()
		return err
	}
	e.pid, e.output = pid, output
	l.byPID[pid] = e
	return nil
}

// executed judges a command that has ended.
func (l *loop) executed(e *errand, exit reaper.Exit) {
	delete(l.byPID, e.pid)
	code := exit.Status.ExitStatus()
	if exit.Status.Signaled() {
		code = 128 + int(exit.Status.Signal())
	}
	go func() {
		outcome := l.judged(e, func() hooks.Outcome { return hooks.JudgeExec(code, e.output.finish(), false) })
		if e.ended != nil {
			e.ended(outcome)
			return
		}
		l.send(e, e.answer(outcome))
	}()
}

// stopErrand gives an errand up: its answer is not wanted any more.
func (l *loop) stopErrand(name, what string) {
	e := l.errands[name+"/"+what]
	if e == nil {
		return
	}
	delete(l.errands, e.key())
	if e.cancel != nil {
		e.cancel()
		return
	}
	l.killTree(name, e.pid, "cannot end the "+what+" command")
}

// translate turns a handler of the spec into one that hooks carries out.
func translate(h *supervisor.Handler) *hooks.Handler {
	switch {
	case h.HTTPGet != nil:
		get := &hooks.HTTPGet{Scheme: strings.ToUpper(h.HTTPGet.Scheme), Host: h.HTTPGet.Host, Port: h.HTTPGet.Port, Path: h.HTTPGet.Path}
		for _, header := range h.HTTPGet.Headers {
			get.Headers = append(get.Headers, hooks.Header(header))
		}
		return &hooks.Handler{HTTPGet: get}
	case h.TCPSocket != nil:
		return &hooks.Handler{TCPSocket: &hooks.TCPSocket{Host: h.TCPSocket.Host, Port: h.TCPSocket.Port}}
	case h.GRPC != nil:
		return &hooks.Handler{GRPC: &hooks.GRPC{Port: h.GRPC.Port, Service: h.GRPC.Service}}
	case h.Sleep != nil:
		return &hooks.Handler{Sleep: &hooks.Sleep{Duration: *h.Sleep}}
	}
	return &hooks.Handler{}
}
