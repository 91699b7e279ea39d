package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/watch"
	"github.com/nile-init/nile/supervisor"
)

// reloads are the reloads of a pod: one at a time, whoever asks for them.
type reloads struct {
	mu      sync.Mutex
	asked   atomic.Bool // one that nobody waits for is to come
	watcher *watch.Watcher
	watched string // the file that it watches
	over    bool
}

// reloading is a reload that somebody asks for.
type reloading struct {
	file   string // the manifest; empty for the one that nile runs
	dryRun bool
}

// reloaded is what has come of it.
type reloaded struct {
	Message   string              `json:"message"`
	DryRun    bool                `json:"dryRun"`
	Changes   []supervisor.Change `json:"changes"`
	Untouched int                 `json:"untouched"` // containers
}

// badManifest is a manifest that is refused whole.
type badManifest struct {
	file   string
	errors []string
}

func (e *badManifest) Error() string {
	if len(e.errors) == 1 {
		return e.errors[0]
	}
	return fmt.Sprintf("%s has %d errors", e.file, len(e.errors))
}

// changeLater is the action of what only another start of nile takes on.
const changeLater supervisor.ChangeAction = "later"

// reload makes the pod that of its manifest, as that is now, or says why not. In a dry run
// it only works out what would be done. What is refused changes nothing.
func (s *service) reload(ctx context.Context, r reloading) (*reloaded, error) {
	s.reloads.mu.Lock()
	defer s.reloads.mu.Unlock()
	result, err := s.reloadNow(ctx, r)
	if !r.dryRun {
		s.pages.counter().Reloaded(err != nil)
	}
	return result, err
}

func (s *service) reloadNow(ctx context.Context, r reloading) (*reloaded, error) {
	was := s.now()
	if was.pod == nil {
		return nil, &client.Error{Code: client.CodeRefused, Message: "cannot reload: a command that nile wraps has no manifest: nile restart starts it again, and nile run FILE runs one"}
	}
	file := r.file
	if file == "" {
		file = was.file
	}
	if file == "" {
		return nil, &client.Error{Code: client.CodeInvalid, Message: "cannot read the manifest again: it came from standard input: name a FILE"}
	}
	next, problems := s.read(was, file)
	if problems != nil {
		return nil, problems
	}
	spec, err := s.resolved(ctx, next)
	if err != nil {
		return nil, err
	}
	next.spec = spec
	answer, err := s.handle.Reload(ctx, spec, r.dryRun, func() { s.put(next) })
	if err != nil {
		return nil, err
	}
	if answer.Refusal != "" {
		code := client.Code(answer.Refusal)
		if answer.Refusal == supervisor.RefusedSpec {
			code = client.CodeRefused
		}
		return nil, &client.Error{Code: code, Message: "cannot reload: " + answer.Message}
	}
	result := &reloaded{Message: "reloaded: " + answer.Message, DryRun: r.dryRun, Changes: answer.Changes}
	for _, c := range spec.Containers() {
		if !slices.ContainsFunc(answer.Changes, func(change supervisor.Change) bool { return change.Name == c.Name }) {
			result.Untouched++
		}
	}
	if fields := laterFields(was.pod, next.pod); len(fields) > 0 {
		result.Changes = append(result.Changes, supervisor.Change{Action: changeLater, Fields: fields, Note: "when nile is started again"})
	}
	if !r.dryRun {
		tellFields(next.pod, func(n supervisor.Note) { s.handle.Note(n) })
		s.watchManifest()
	}
	return result, nil
}

// read reads a manifest and lets the command line go before it.
func (s *service) read(was *present, file string) (*present, error) {
	text, err := readRegular(file)
	var pod *manifest.Pod
	if err == nil {
		pod, err = manifest.Load(file, text, manifest.Options{Environ: os.Environ()})
	}
	if err != nil {
		bad := &badManifest{file: file}
		for _, one := range manifest.Errors(err) {
			bad.errors = append(bad.errors, one.Error())
		}
		return nil, bad
	}
	if err := s.podRun.podDir.mayReload(pod, file); err != nil {
		return nil, err
	}
	s.prepare(pod)
	next := &present{pod: pod, file: file, before: &present{spec: was.spec}, chosen: settleOutput(&pod.Spec, s.output)}
	keepChosen(was, next)
	next.runtimes = runtimesOf(pod)
	next.runtimes.stateDir, next.runtimes.note, next.runtimes.told = was.runtimes.stateDir, was.runtimes.note, was.runtimes.told
	return next, nil
}

// keepChosen keeps the output mode that nile has chosen for a container, where nobody
// chooses one now: that there are more containers, or fewer, is no reason to restart any.
func keepChosen(was, next *present) {
	for _, name := range next.chosen {
		if old := was.spec.Container(name); old != nil && slices.Contains(was.chosen, name) {
			now := next.pod.Spec.Container(name)
			now.Output.Mode, now.Output.Keep = old.Output.Mode, old.Output.Keep
		}
	}
}

// readRegular reads a file without ever waiting for somebody to write it.
func readRegular(file string) ([]byte, error) {
	text, err := readUpTo(file, manifest.MaxSize+1)
	if err != nil {
		return nil, &manifest.Error{File: file, Message: "cannot read the manifest: " + cause(err).Error()}
	}
	return []byte(text), nil
}

// resolved is the spec with the processes of the containers that have been started as they
// would be started now: with the variables and options that come from files, or nothing
// could be said of a change there. Nothing is known of the others before their turn.
func (s *service) resolved(ctx context.Context, next *present) (*supervisor.Spec, error) {
	started, err := s.handle.Started(ctx)
	if err != nil {
		return nil, err
	}
	spec := next.pod.Spec
	spec.Init, spec.Main = slices.Clone(spec.Init), slices.Clone(spec.Main)
	planning := *next.runtimes
	planning.dryRun, planning.note = true, nil
	bad := &badManifest{file: next.file}
	for _, name := range started {
		c := spec.Container(name)
		if c == nil {
			continue
		}
		process, _, err := planning.prepare(name)
		if err != nil {
			bad.errors = append(bad.errors, fmt.Sprintf("%s: %s", name, strings.ReplaceAll(err.Error(), "\n", "; ")))
		} else if process != nil {
			c.Process = *process
		}
	}
	if len(bad.errors) > 0 {
		return nil, bad
	}
	return &spec, nil
}

// laterFields names what has changed that nile takes on only when it is started.
func laterFields(was, now *manifest.Pod) (fields []string) {
	for _, one := range []struct {
		field string
		same  bool
	}{
		{"nile.podDir", was.PodDir == now.PodDir}, {"nile.endWith", slices.Equal(was.EndWith, now.EndWith)},
		{"nile.stateDir", was.StateDir == now.StateDir}, {"nile.mask", slices.Equal(was.Masks, now.Masks)},
		{"nile.sample", was.Sample == now.Sample}, {"nile.listen", was.Listen == now.Listen},
		{"nile.holdAnswers", slices.Equal(was.HoldAnswers, now.HoldAnswers)},
		{"nile.eventHooks", reflect.DeepEqual(was.EventHooks, now.EventHooks)},
	} {
		if !one.same {
			fields = append(fields, one.field)
		}
	}
	return fields
}

// maxNoted is how many errors of a manifest are logged.
const maxNoted = 20

// noteRefused tells why a manifest is not taken on.
func (s *service) noteRefused(err error) {
	note := func(why string) { s.handle.Note(supervisor.Note{Level: supervisor.LevelError, Why: why}) }
	bad, ok := err.(*badManifest) //nolint:errorlint // never wrapped
	if !ok {
		note(err.Error())
		return
	}
	for i, problem := range bad.errors {
		if i == maxNoted {
			note(fmt.Sprintf("and %d more", len(bad.errors)-maxNoted))
			break
		}
		note(problem)
	}
	note(fmt.Sprintf("the manifest %s is refused, and the pod goes on as it was", bad.file))
}
