package loop

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/nile-init/nile/internal/early"
	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

// do carries out one action.
func (l *loop) do(action supervisor.Action) {
	switch a := action.(type) {
	case supervisor.Spawn:
		l.queue = append(l.queue, l.spawn(a))
	case supervisor.Kill:
		l.kill(a)
	case supervisor.KillStrays:
		l.killStrays(a)
	case supervisor.Suspend:
		// Not by the reaper: it is nile itself. The kernel spares PID 1.
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	case supervisor.StartProbe:
		l.startProbe(a)
	case supervisor.StopProbe:
		l.stopErrand(a.Name, string(a.Kind))
	case supervisor.RunHook:
		l.runHook(a)
	case supervisor.StopHook:
		l.stopErrand(a.Name, string(a.Hook))
	case supervisor.Arm:
		l.timers.arm(a.Timer, l.dueAt(a))
	case supervisor.Disarm:
		l.timers.disarm(a.Timer)
	case supervisor.Note:
		l.thaw(a)
		l.Note(a)
	case supervisor.Reply:
		l.reply = a
	case supervisor.Reloaded:
		l.reloaded(a)
	case supervisor.Define:
		l.define(a.Container)
	case supervisor.Forget:
		l.forgetContainer(a.Name)
	case supervisor.Capture:
		l.crashed(a)
	case supervisor.Look:
		l.look(a.Name, a.PID, a.Why)
	case supervisor.Exit:
		l.result = &Result{Code: a.Code, Message: a.Message}
	}
}

// slot is how far apart the times are at which the probes of a large pod are made:
// in small crowds they cost half of what they cost one by one, and none is late by
// more than this.
const (
	slot       = 20 * time.Millisecond
	manyProbes = 50
)

// dueAt is when a timer is to fire.
func (l *loop) dueAt(a supervisor.Arm) time.Time {
	at := time.Now().Add(a.After)
	if l.probes > manyProbes && strings.HasPrefix(string(a.Timer.Kind), "probe ") {
		late := at.Sub(l.begun) % slot
		at = at.Add(slot - late)
	}
	return at
}

func (l *loop) killStrays(a supervisor.KillStrays) {
	switch {
	case a.Scope == supervisor.ScopeGroup:
		l.Kernel.SignalStraysOfGroup(l.owners[a.Name], syscall.Signal(a.Signal))
		return
	case a.Signal != 0:
		l.Kernel.SignalStrays(l.strayOwner(a.Name), syscall.Signal(a.Signal))
	}
	l.emptying[a.Name] = a.Gen
	// They may be gone by now, and then no signal will tell.
	l.queue = append(l.queue, l.checkEmpty(a.Name)...)
}

func (l *loop) spawn(a supervisor.Spawn) supervisor.Event {
	described, err := l.commandNow(a.Name)
	if err != nil {
		return supervisor.Spawned{Name: a.Name, Gen: a.Gen, Failure: &supervisor.StartFailure{Message: err.Error(), Code: 125, Temporary: true}}
	}
	c := overridden(described, a.Override)
	l.countOOMKills(a.Name)
	l.traceStart(a.Name)
	c.Owner = early.Owner(a.Name, a.Gen)
	l.owners[a.Name] = c.Owner
	l.latest[a.Name] = c
	delete(l.emptying, a.Name)
	l.gens[a.Name] = a.Gen
	l.freshMessage(a.Name)
	l.freeze(a.Name, c)
	source, err := l.openNotify(a.Name, c)
	if err != nil {
		return supervisor.Spawned{Name: a.Name, Gen: a.Gen, Failure: &supervisor.StartFailure{Message: err.Error(), Code: 125, Temporary: true}}
	}
	files := l.openOutput(a.Name, a.Gen, c)
	if l.Starting != nil {
		l.Starting()
	}
	pid, err := l.Kernel.Start(c)
	files.Close()
	l.Metrics.Started(a.Name, err == nil)
	if err == nil {
		l.running[a.Name] = pid
		l.listen(a.Name, pid, source)
		delete(l.codes, a.Name)
		l.passOn(a.Name, pid)
		return supervisor.Spawned{Name: a.Name, Gen: a.Gen, PID: pid}
	}
	if source != nil {
		source.Close()
	}
	failure := &supervisor.StartFailure{Message: l.masked(err.Error()), Code: 125}
	var start interface { // a [reaper.StartError], or what an own Kernel has for it
		ExitCode() int
		Temporary() bool
	}
	if errors.As(err, &start) {
		failure.Code, failure.Temporary = start.ExitCode(), start.Temporary()
	}
	l.codes[a.Name] = failure.Code
	return supervisor.Spawned{Name: a.Name, Gen: a.Gen, Failure: failure}
}

// commandNow is the command of a container as it is to be started now.
func (l *loop) commandNow(name string) (*reaper.Command, error) {
	if l.Process == nil {
		return l.commands[name], nil
	}
	process, err := l.Process(name)
	if err != nil || process == nil {
		delete(l.processes, name)
		return l.commands[name], err
	}
	if l.processes == nil {
		l.processes = map[string]*supervisor.Process{}
	}
	l.processes[name] = process
	return command(process, l.spec.Forward, l.stdin.Fd()), nil
}

func (l *loop) kill(a supervisor.Kill) {
	if a.Signal == int(syscall.SIGKILL) {
		delete(l.oomKills, a.Name) // its death will be nile's own work
	}
	scope := reaper.Process
	switch a.Scope {
	case supervisor.ScopeGroup:
		scope = reaper.Group
	case supervisor.ScopeTree:
		scope = reaper.Tree
		if a.Signal == int(syscall.SIGKILL) {
			l.killTree(a.Name, a.PID, fmt.Sprintf("cannot kill process %d and what it started", a.PID))
			return
		}
	case supervisor.ScopeProcess:
	}
	if l.alreadyPassed(a) {
		return
	}
	_, err := l.Kernel.Signal(a.PID, syscall.Signal(a.Signal), scope)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		l.notSent(supervisor.Note{Level: supervisor.LevelError, Name: a.Name, PID: a.PID, Why: err.Error()})
	}
}

// notSent tells that a signal was refused, and remembers it for an operator who waits.
func (l *loop) notSent(note supervisor.Note) {
	l.unsent = note.Why
	l.Note(note)
}

// checkEmpty tells that a container's strays are gone, if they are.
func (l *loop) checkEmpty(name string) []supervisor.Event {
	gen, waiting := l.emptying[name]
	if !waiting || l.strays(name) > 0 {
		return nil
	}
	delete(l.emptying, name)
	return []supervisor.Event{supervisor.Emptied{Name: name, Gen: gen}}
}

// containerOf is the container that an owner names.
func containerOf(owner string) string {
	name, _, _ := strings.Cut(owner, "#")
	return name
}
