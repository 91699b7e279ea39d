package main

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/nile-init/nile/internal/watch"
	"github.com/nile-init/nile/supervisor"
)

// takesSignal tells whether a signal is for nile itself: the one that asks for a reload.
func (s *service) takesSignal(num unix.Signal) bool {
	pod := s.now().pod
	if pod.Reload.Signal == 0 || int(num) != pod.Reload.Signal {
		return false
	}
	s.reloadSoon(supervisor.SignalName(int(num)) + " received")
	return true
}

// reloadSoon reloads without anybody waiting for it. What it is asked for while one is
// still to begin is the same one.
func (s *service) reloadSoon(why string) {
	if !s.reloads.asked.CompareAndSwap(false, true) {
		return
	}
	s.beside("a reload", func() {
		s.reloads.mu.Lock()
		s.reloads.asked.Store(false)
		s.reloads.mu.Unlock()
		s.handle.Note(supervisor.Note{Level: supervisor.LevelInfo, Why: why + ": reading the manifest again"})
		if _, err := s.reload(context.Background(), reloading{}); err != nil {
			s.noteRefused(err)
		}
	})
}

// beginWatching watches the file of the manifest where that asks for it.
func (s *service) beginWatching() {
	if pod := s.now().pod; pod == nil || !pod.Reload.Watch {
		return
	}
	s.beside("the watching of the manifest", func() {
		s.reloads.mu.Lock()
		defer s.reloads.mu.Unlock()
		s.watchManifest()
	})
}

// watchManifest watches the file of the manifest as it is now, where that asks for it, and
// no other any more. The lock is held.
func (s *service) watchManifest() {
	now, r := s.now(), &s.reloads
	file := ""
	if now.pod.Reload.Watch {
		if file = now.file; file == "" {
			s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: "cannot watch the manifest: it came from standard input"})
		}
	}
	if file == r.watched || r.over {
		return
	}
	r.unwatch()
	if r.watched = file; file == "" {
		return
	}
	r.watcher = watch.Open(watch.Options{
		Targets: []watch.Target{{Paths: []string{file}}},
		Changed: func(watch.Change) { s.reloadSoon(file + " has changed") },
		Said: func(_ int, warning bool, text string) {
			level := supervisor.LevelInfo
			if warning {
				level = supervisor.LevelWarn
			}
			s.handle.Note(supervisor.Note{Level: level, Why: "watching the manifest: " + text})
		},
	})
}

func (r *reloads) unwatch() {
	if r.watcher != nil {
		r.watcher.Close()
		r.watcher = nil
	}
}

// close ends the watching for good.
func (r *reloads) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.unwatch()
}
