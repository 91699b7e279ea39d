package watch

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

const (
	// pause is how long no events are taken after some have come: the kernel merges those
	// that are the same meanwhile, so that a file written to a thousand times a second wakes
	// nile twenty times.
	pause = 50 * time.Millisecond
	// rest is how much longer than a look it takes until the next one that is only there to
	// find new directories: a large tree that is being filled costs a tenth of a processor.
	rest = 10
	// firstRetry is when what could not be looked at is tried again; each time after that
	// takes twice as long, up to lastRetry.
	firstRetry = 5 * time.Second
	lastRetry  = 80 * time.Second
)

// target is what is known of a [Target].
type target struct {
	Target
	index    int
	contents map[string]content  // by the path as it was named
	interest map[string][]string // by directory, or file: the names in it that matter; nil for all
	print    uint64              // of the latest look
	burst    burst
	renew    bool      // directories may have come that are not watched yet
	renewAt  time.Time // not before
	pollAt   time.Time // zero where it is not looked at regularly
	retryAt  time.Time // zero where nothing has failed
	retry    time.Duration
	said     map[string]trouble // by what it is about
}

// run watches until Close.
func (w *Watcher) run() {
	defer close(w.over)
	defer w.recover()
	w.begin()
	defer w.disconnect()
	w.inherit()
	for _, t := range w.targets {
		if s := w.look(t); t.contents == nil {
			t.compare(s, time.Now())
			t.forget(s, w.options.Since)
		}
	}
	close(w.ready)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var deaf time.Time // no events are taken until then
	for {
		select {
		case <-w.stop: // first: there may always be events
			return
		default:
		}
		next, listening := w.attend(time.Now()), time.Now().After(deaf)
		if !listening {
			next = earlier(next, deaf)
		}
		timer.Stop()
		if !next.IsZero() {
			timer.Reset(max(0, time.Until(next)))
		}
		var events <-chan fsnotify.Event
		if listening && w.fs != nil {
			events = w.fs.Events
		}
		select {
		case <-w.stop:
			return
		case e := <-events:
			w.take(e, events)
			deaf = time.Now().Add(pause)
		case <-w.lost:
			w.stirAll()
			deaf = time.Now().Add(pause)
		case <-timer.C:
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// recover keeps a mistake in here from being the end of nile.
func (w *Watcher) recover() {
	if cause := recover(); cause != nil {
		w.options.Said(0, true, fmt.Sprintf("internal error: %v: files are not watched any more, please report this", cause))
	}
}

// inherit takes over what the watcher before knows of the same targets.
func (w *Watcher) inherit() {
	before := w.options.Before
	if before == nil {
		return
	}
	w.options.Before = nil
	before.Close()
	<-before.over
	for _, t := range w.targets {
		for _, old := range before.targets {
			if old.contents != nil && old.Recursive == t.Recursive && slices.Equal(old.Paths, t.Paths) {
				t.contents, t.said = old.contents, old.said
				t.burst.stir(time.Now()) // it may have stirred meanwhile
				if old.burst.stirring() {
					t.burst = old.burst
				}
			}
		}
	}
	w.seed = before.seed
}

// forget drops what the first look has found in files that are younger than who may have read
// them, so that the next one takes them for changed. The kernel's clock for files is a few
// milliseconds behind (inode_set_ctime_current): what was written before is never taken for younger.
func (t *target) forget(l *look, since time.Time) {
	for _, f := range l.files {
		if changed := time.Unix(0, f.stamp.ctime); changed.After(since) {
			delete(t.contents, f.path)
			t.burst.stir(changed)
		}
	}
}

// take handles an event and those that wait behind it.
func (w *Watcher) take(e fsnotify.Event, more <-chan fsnotify.Event) {
	now := time.Now()
	for {
		w.stirred(e, now)
		select {
		case e = <-more:
		default:
			return
		}
	}
}

// stirred says to the targets that care what inotify has told.
func (w *Watcher) stirred(e fsnotify.Event, now time.Time) {
	if _, known := w.heeded[e.Name]; known && e.Op&(fsnotify.Remove|fsnotify.Rename) != 0 {
		// Another one may be in its place, by now or later: perhaps with the same number.
		w.unheed(e.Name)
	}
	dir, name := filepath.Split(e.Name)
	if dir != "/" {
		dir = dir[:max(0, len(dir)-1)]
	}
	for _, t := range w.targets {
		_, itself := t.interest[e.Name]
		names, listed := t.interest[dir]
		wanted := slices.Contains(names, name)
		if !itself && !wanted && !(listed && names == nil) {
			continue
		}
		t.burst.stir(now)
		t.renew = t.renew || itself || wanted || e.Op&fsnotify.Write == 0 && leadsOn(e.Name)
	}
}

// leadsOn tells whether there may be more behind a path to be watched.
func leadsOn(path string) bool {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return false
	}
	return st.Mode&unix.S_IFMT == unix.S_IFDIR || st.Mode&unix.S_IFMT == unix.S_IFLNK
}

func (w *Watcher) stirAll() {
	for _, t := range w.targets {
		t.burst.stir(time.Now())
		t.renew = true
	}
}

// attend does all that is due, and returns when the next thing will be; zero for never.
func (w *Watcher) attend(now time.Time) (next time.Time) {
	for _, t := range w.targets {
		if !t.pollAt.IsZero() && !now.Before(t.pollAt) {
			w.poll(t, now)
		}
		if !t.retryAt.IsZero() && !now.Before(t.retryAt) {
			t.burst.stir(now)
			t.retryAt = time.Time{}
		}
		if t.burst.stirring() && !now.Before(t.burst.due(t.Debounce)) {
			w.judge(t, now)
		}
		if t.renew && !now.Before(t.renewAt) {
			w.look(t)
		}
		if t.renew {
			next = earlier(next, t.renewAt)
		}
		if t.burst.stirring() {
			next = earlier(next, t.burst.due(t.Debounce))
		}
		next = earlier(earlier(next, t.pollAt), t.retryAt)
	}
	return next
}

// poll looks whether something has stirred.
func (w *Watcher) poll(t *target, now time.Time) {
	if w.fs == nil {
		w.reconnect(now)
	}
	before := t.print
	w.look(t)
	if t.print != before {
		t.burst.stir(now)
	}
}

// named is how many files a [Change] names.
const named = 8

// judge compares a target that has become quiet with what it was.
func (w *Watcher) judge(t *target, now time.Time) {
	before, burst := t.print, t.burst
	s := w.look(t)
	unseen := s.discovered || !t.pollAt.IsZero() && t.print != before
	if unseen && now.Before(burst.limit(t.Debounce)) {
		t.burst.stir(now) // nobody would have told of what has stirred there
		return
	}
	t.burst = struct{ first, last time.Time }{}
	if changed := t.compare(s, now); len(changed) > 0 {
		few := min(len(changed), named)
		w.options.Changed(Change{Target: t.index, Paths: changed[:few], More: len(changed) - few, Last: burst.last})
	}
}
