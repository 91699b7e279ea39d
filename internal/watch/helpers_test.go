package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quick is a debounce for tests: what is done in one go is one change, and what is awaited
// comes soon.
const quick = 60 * time.Millisecond

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// watched is a watcher and what it has told.
type watched struct {
	t *testing.T
	*Watcher
	changes chan Change
	mu      sync.Mutex
	said    []string
}

// open watches targets and waits for the first look.
func open(t *testing.T, polled bool, targets ...Target) *watched {
	t.Helper()
	w := &watched{t: t, changes: make(chan Change, 1000)}
	for i := range targets {
		if targets[i].Debounce == 0 {
			targets[i].Debounce = quick
		}
		if polled {
			targets[i].Poll = quick / 3
		}
	}
	w.Watcher = Open(Options{Targets: targets, NoInotify: polled, Changed: func(c Change) { w.changes <- c }, Said: w.hear})
	w.settle()
	return w
}

func (w *watched) settle() {
	w.t.Cleanup(func() {
		w.Close()
		<-w.Done()
	})
	<-w.Ready()
}

func (w *watched) hear(target int, warning bool, text string) {
	level := "info"
	if warning {
		level = "warn"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf("%d %s %s", target, level, text))
}

// hears waits until something has been said, and tells how often.
func (w *watched) hears(part string) (times int) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		times = 0
		for _, s := range w.said {
			if strings.Contains(s, part) {
				times++
			}
		}
		said := strings.Join(w.said, "\n")
		w.mu.Unlock()
		if times > 0 {
			return times
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("nobody has said %q, only:\n%s", part, said)
		}
	}
}

func (w *watched) next() Change {
	w.t.Helper()
	select {
	case c := <-w.changes:
		return c
	case <-time.After(patience):
		w.t.Fatalf("no change has been told; said: %q", w.said)
		return Change{}
	}
}

// expect waits until exactly these files have been told as changed, in one change or, where a
// machine is slow, in several.
func (w *watched) expect(paths ...string) {
	w.t.Helper()
	want := slices.Clone(paths)
	slices.Sort(want)
	var got []string
	for !slices.Equal(got, want) {
		for _, p := range w.next().Paths {
			if !slices.Contains(want, p) {
				w.t.Fatalf("%s is told as changed; want %q", p, want)
			}
			if !slices.Contains(got, p) {
				got = append(got, p)
			}
		}
		slices.Sort(got)
	}
}

// both runs a test by inotify and by polling.
func both(t *testing.T, test func(t *testing.T, polled bool)) {
	t.Run("inotify", func(t *testing.T) { test(t, false) })
	t.Run("polling", func(t *testing.T) { test(t, true) })
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func replace(t *testing.T, path, text string) {
	t.Helper()
	write(t, path+".new", text)
	must(t, os.Rename(path+".new", path))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// in makes a path below a directory for tests.
func in(dir string) func(parts ...string) string {
	return func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
}
