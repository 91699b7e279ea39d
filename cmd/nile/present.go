package main

import (
	"sync"

	"github.com/nile-init/nile/internal/manifest"
	"github.com/nile-init/nile/internal/presets"
	"github.com/nile-init/nile/internal/secrets"
	"github.com/nile-init/nile/supervisor"
)

// present is the pod as it is now. A reload puts another one in its place; none is ever
// changed.
type present struct {
	spec     *supervisor.Spec
	pod      *manifest.Pod // nil for a wrapped command
	runtimes *runtimes     // nil where nothing is to be done for any
	file     string        // where the manifest came from, an absolute path; empty where it cannot be read again
	chosen   []string      // the containers whose output mode nile has chosen
	before   *present      // what it has replaced, of which processes may be left; nil at first

	mask func() *secrets.Masker // knows its secrets; made when it is needed
}

// put makes a pod the present one.
func (s *service) put(p *present) {
	p.mask = sync.OnceValue(func() *secrets.Masker { return s.masker(p) })
	s.presently.Store(p)
}

// now is the pod as it is now.
func (s *service) now() *present { return s.presently.Load() }

// process is the loop's question before each start.
func (s *service) process(name string) (*supervisor.Process, error) {
	if r := s.now().runtimes; r != nil {
		return r.process(name)
	}
	return nil, nil //nolint:nilnil // the spec's stands
}

// runtime is the language runtime that a container is said to have.
func (s *service) runtime(name string) presets.Runtime { return s.now().runtimes.named(name) }

// mask masks what is shown to others.
func (s *service) mask() *secrets.Masker { return s.now().mask() }

// masked is a text of a process without the secrets in it.
func (s *service) masked(text string) string {
	if text == "" {
		return "" // nothing has to be learned for it
	}
	return s.mask().Text(text)
}

// masker knows the secrets of a pod's containers, and of those that it has replaced.
func (s *service) masker(p *present) *secrets.Masker {
	var names []string
	if s.crashes != nil {
		names = s.crashes.options.masks
	}
	m := secrets.New(names...)
	p.learn(m)
	return m
}

// learn has a masker look for the secrets of the pod, and of the one that it has replaced.
func (p *present) learn(m *secrets.Masker) {
	for _, one := range []*present{p.before, p} {
		if one != nil {
			learn(m, one.spec)
		}
	}
}

// learn has a masker look for the secrets of the present pod.
func (s *service) learn(m *secrets.Masker) { s.now().learn(m) }
