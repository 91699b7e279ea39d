package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/eventhooks"
	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/spelling"
	"github.com/nile-init/nile/internal/standin"
	"github.com/nile-init/nile/supervisor"
)

// service is what a running nile offers beside its pod. Nothing of it is set up before
// the first child has been started, and nothing of it runs in the event loop.
//
// A feature registers its verbs in a file of its own, serve_<topic>.go, by a method
// serve<Topic> that verbs calls.
type service struct {
	podRun
	presently atomic.Pointer[present]
	handle    *loop.Handle
	events    events.Log
	samples   samples
	server    *control.Server // nil where there is none
	pages     *pages          // nil where nobody is to see them
	// standIn answers for what is held; nil where nothing is to be answered.
	standIn *standin.StandIn
	hooks   *eventhooks.Hooks // nil where there are none
	late    lateNotes         // what is told on standard error
	reloads reloads
	podDir  *podDir // nil where there is none
}

func newService(run podRun) *service {
	s := &service{podRun: run, late: newLateNotes(run.spec, run.logger.Note)}
	s.put(&present{spec: run.spec, pod: run.pod, runtimes: run.runtimes, file: run.file, chosen: run.chosen})
	if run.crashes != nil {
		run.crashes.events, run.crashes.runtime, run.crashes.learn = &s.events, s.runtime, s.learn
	}
	if run.spec.Forward {
		s.late.tell = allButTheEnd(s.late.tell)
	}
	s.pages = newPages(s, run.listen.address(run.pod))
	s.standIn = newStandIn(s, run.answers.answers(run.pod))
	s.hooks = newEventHooks(s)
	s.podDir = newPodDir(s, run.podDir)
	return s
}

// note is told everything that happens, by the event loop.
func (s *service) note(n supervisor.Note) {
	s.events.Note(n)
	s.noteHold(n)
	s.relay.note(n)
	s.podDir.changed()
	if n.Cause != "" {
		s.pages.counter().Crashed(n.Name, n.Cause)
	}
	s.late.note(n)
}

// start is called by the event loop, once, when the first child has been started.
func (s *service) start(handle *loop.Handle) {
	s.handle = handle
	s.late.release()
	if s.crashes != nil {
		s.crashes.tell = handle.Note
		s.crashes.deaf.Store(s.control == client.Off)
		close(s.crashes.started)
	}
	if s.pages != nil {
		s.beside("the page of metrics", s.pages.serve)
	}
	s.standIn.Start()
	if s.pod != nil && s.pod.Sample > 0 {
		s.beside("the samples of memory and CPU", func() { s.samples.run(handle, s.pod.Sample) })
	}
	s.hooks.Start()
	s.beginWatching()
	s.podDir.start()
	if os.Getpid() != 1 {
		s.beside("the look at PID 1", s.tellForeignInit)
	}
	s.relay.start(s, handle)
	if s.control == client.Off {
		return
	}
	s.server = control.New(control.Options{Path: string(s.control), Verbs: s.verbs, Explain: explain, Panicked: s.panicked})
	s.beside("the control socket", s.serve)
}

// beside does something beside the loop that nile can do without: a panic in it is told, and
// it is over.
func (s *service) beside(what string, do func()) {
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				s.handle.Note(supervisor.Note{Level: supervisor.LevelError, Why: fmt.Sprintf(
					"internal error in %s, which is over: %v; please report this with the stack: %s", what, cause, debug.Stack())})
			}
		}()
		do()
	}()
}

// verbs registers what can be asked for; a client has to come first.
func (s *service) verbs(server *control.Server) {
	s.serveStatus(server)
	s.serveEvents(server)
	s.serveLogs(server)
	s.serveReport(server)
	s.servePage(server)
	s.serveCheck(server)
	s.serveWait(server)
	s.serveOperate(server)
	s.serveReload(server)
	s.serveProcess(server)
	s.serveInspect(server)
	s.serveCore(server)
}

// explain says what a client is told of an error that has no code of its own.
func explain(err error) *client.Error {
	if errors.Is(err, loop.ErrEnded) {
		return &client.Error{Code: client.CodeEnding, Message: err.Error()}
	}
	return nil
}

// panicked is told of a verb whose handler has panicked.
func (s *service) panicked(verb string, cause any) {
	s.handle.Note(supervisor.Note{Level: supervisor.LevelError, Why: fmt.Sprintf("internal error while answering %q: %v", verb, cause)})
}

// serve opens the control socket and answers clients.
func (s *service) serve() {
	path, problems, err := s.server.Open()
	if err != nil {
		s.crashes.unreachable()
		s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: fmt.Sprintf("no verb can reach this nile: %v", err)})
		return
	}
	for _, problem := range problems {
		s.handle.Note(supervisor.Note{Level: levelOfProblem(problem), Why: problem.Error() + ": another place is used"})
	}
	s.handle.Note(supervisor.Note{Level: supervisor.LevelDebug, Why: "the control socket is " + path})
	s.server.Serve()
}

// levelOfProblem is how loud it is told that a place for the socket cannot be used. That
// one is read-only, closed or not there is the lot of an ordinary container, and that it
// is taken that of a nile below another.
func levelOfProblem(problem error) supervisor.Level {
	for _, ordinary := range []error{
		fs.ErrPermission, fs.ErrNotExist, unix.EROFS, control.ErrTaken,
	} {
		if errors.Is(problem, ordinary) {
			return supervisor.LevelDebug
		}
	}
	return supervisor.LevelWarn
}

// stop ends all that start has begun; it is called when the pod has ended.
func (s *service) stop() {
	s.events.Close()
	s.pages.close()
	s.standIn.End()
	s.reloads.close()
	if s.server != nil {
		s.server.Leave()
	}
}

// names are the containers, in the order of the manifest.
func (s *service) names() []string {
	spec := s.now().spec
	var names []string
	for _, c := range spec.Containers() {
		names = append(names, c.Name)
	}
	return names
}

// has tells whether there is a container of that name. One that a reload has removed may be
// there for a while.
func (s *service) has(name string) bool {
	if slices.Contains(s.names(), name) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), snapshotTime)
	defer cancel()
	snapshot, err := s.handle.Snapshot(ctx)
	return err == nil && slices.ContainsFunc(snapshot.Containers, func(c supervisor.ContainerSnapshot) bool { return c.Name == name })
}

// unknownContainer is the answer to a request about a container that there is not.
func (s *service) unknownContainer(name string) *client.Error {
	names := s.names()
	message := fmt.Sprintf("no container named %.64q", name)
	if near := spelling.Nearest(name, names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	} else {
		message += ": there is " + namesText(names)
	}
	return &client.Error{Code: client.CodeUnknown, Message: message}
}

// mostNames is how many containers a message names.
const mostNames = 12

func namesText(names []string) string {
	if len(names) <= mostNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(names[:mostNames], ", "), len(names)-mostNames)
}
