package loop

import (
	"slices"
	"time"

	"github.com/nile-init/nile/internal/watch"
	"github.com/nile-init/nile/supervisor"
)

// watching is who looks at the files that containers watch.
type watching struct {
	watcher *watch.Watcher
	targets []watch.Target
	of      []watchedBy // by the index of the target
}

// watchedBy says whose a target is.
type watchedBy struct {
	name  string
	index int // of its Watch
}

// watch has the files looked at that containers watch by now. It is called when the first
// child has been started, and when a reload has changed what is watched: what was watched
// before goes on without a gap. What has been changed since then counts as changed.
func (l *loop) watch(since time.Time) {
	l.rewatch = time.Time{}
	w := &watching{}
	for _, name := range l.order {
		for i, one := range l.containers[name].Watch {
			w.targets = append(w.targets, watch.Target{Paths: one.Paths, Recursive: one.Recursive, Debounce: one.Debounce, Poll: one.Poll})
			w.of = append(w.of, watchedBy{name, i})
		}
	}
	if len(w.targets) == 0 {
		l.stopWatching()
		return
	}
	var before *watch.Watcher
	if l.watching != nil {
		if w.same(l.watching) {
			return
		}
		before = l.watching.watcher
	}
	w.watcher = watch.Open(watch.Options{
		Targets: w.targets, Before: before, Since: since,
		Changed: func(c watch.Change) { l.hand(report{call: func() { l.changed(w, c) }}) },
		Said:    func(target int, warning bool, text string) { l.sendNote(w.note(target, warning, text)) },
	})
	l.watching = w
}

// watchAnew has the loop look, after the step, at what is to be watched. What changes from
// now on is told: what the step starts may have read it already.
func (l *loop) watchAnew() {
	if l.rewatch.IsZero() {
		l.rewatch = time.Now()
	}
}

// same tells whether the same is watched for the same containers.
func (w *watching) same(other *watching) bool {
	return slices.Equal(w.of, other.of) && slices.EqualFunc(w.targets, other.targets, func(a, b watch.Target) bool {
		return slices.Equal(a.Paths, b.Paths) && a.Recursive == b.Recursive && a.Debounce == b.Debounce && a.Poll == b.Poll
	})
}

func (l *loop) stopWatching() {
	if l.watching != nil {
		l.watching.watcher.Close()
		l.watching = nil
	}
}

// changed tells the machine of a change, if who has seen it still looks.
func (l *loop) changed(w *watching, c watch.Change) {
	if l.watching != w || l.degraded {
		return
	}
	of := w.of[c.Target]
	l.tell(supervisor.Changed{
		Name: of.name, Watch: of.index, Path: c.Paths[0], More: len(c.Paths) - 1 + c.More, Age: time.Since(c.Last),
	})
}

// note is what people should know about the watching of a target.
func (w *watching) note(target int, warning bool, text string) supervisor.Note {
	level := supervisor.LevelInfo
	if warning {
		level = supervisor.LevelWarn
	}
	return supervisor.Note{Level: level, Name: w.of[target].name, Why: "watch: " + text}
}
