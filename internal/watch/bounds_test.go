package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

func TestABurstEndsInQuietOrAtItsLimit(t *testing.T) {
	start := time.Unix(1000, 0)
	var b burst
	if b.stirring() {
		t.Error("it stirs before anything has happened")
	}
	b.stir(start)
	if due := b.due(time.Second); due != start.Add(time.Second) {
		t.Errorf("due at %v", due)
	}
	for now := start; now.Before(start.Add(20 * time.Second)); now = now.Add(time.Millisecond) {
		b.stir(now)
	}
	if due := b.due(time.Second); due != start.Add(10*time.Second) {
		t.Errorf("what never gets quiet is due at %v", due)
	}
}

// A file that is written to all the time is told of all the same, and not each time.
func TestAStormIsToldOfAtLast(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		write(t, at("log"), "")
		w := open(t, polled, Target{Paths: []string{at("log")}})
		stop, written := make(chan struct{}), make(chan int)
		go func() {
			n := 0
			for ; ; n++ {
				select {
				case <-stop:
					written <- n
					return
				default:
					_ = os.WriteFile(at("log"), []byte(fmt.Sprint(n)), 0o644)
					runtime.Gosched()
				}
			}
		}()
		for range 3 {
			if c := w.next(); len(c.Paths) != 1 {
				t.Errorf("told: %+v", c)
			}
		}
		close(stop)
		if n := <-written; n < 30 {
			t.Errorf("only %d writes for three changes: that was no storm", n)
		}
	})
}

func TestWhatIsTooMuchIsSaidAndBounded(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		must(t, os.Mkdir(at("flat"), 0o755))
		for i := range 9 {
			must(t, os.MkdirAll(at("tree", fmt.Sprint(i)), 0o755))
			write(t, at("tree", fmt.Sprint(i), "a"), "")
			write(t, at("flat", fmt.Sprint(i)), "")
		}
		w := &watched{t: t, changes: make(chan Change, 100)}
		w.Watcher = newWatcher(Options{
			Targets: []Target{
				{Paths: []string{at("flat")}, Debounce: quick, Poll: quick},
				{Paths: []string{at("tree")}, Recursive: true, Debounce: quick, Poll: quick},
			},
			NoInotify: polled, Changed: func(c Change) { w.changes <- c }, Said: w.hear,
		})
		w.maxFiles, w.maxDirectories = 7, 5
		go w.run()
		w.settle()
		w.hears("0 warn cannot watch all of it: there are more than 7 files, the last one seen is " + at("flat", "7") + ": name fewer, or use a pattern; what comes after that is not looked at")
		w.hears("1 warn cannot watch all of it: there are more than 5 directories, the last one seen is " + at("tree", "4") + ": ")
		for _, i := range []string{"8", "0"} { // beyond the bounds, and within
			write(t, at("flat", i), "changed")
			write(t, at("tree", i, "a"), "changed")
		}
		w.expectEach(map[int][]string{0: {at("flat", "0")}, 1: {at("tree", "0", "a")}})
		if n := w.hears("cannot watch all"); n != 2 {
			t.Errorf("it was said %d times", n)
		}
	})
}

// What inotify has lost is found.
func TestLostEventsAreMadeUpFor(t *testing.T) {
	at := in(t.TempDir())
	write(t, at("a"), "1")
	w := open(t, false, Target{Paths: []string{at("a")}})
	must(t, w.fs.Remove(at())) // deaf for what happens there, and to the file itself
	must(t, w.fs.Remove(at("a")))
	write(t, at("a"), "2")
	w.fs.Errors <- fsnotify.ErrEventOverflow
	w.expect(at("a"))
}

func TestPollingWhereInotifyHasNoRoom(t *testing.T) {
	at := in(t.TempDir())
	write(t, at("a"), "1")
	w := &watched{t: t, changes: make(chan Change, 10)}
	w.Watcher = newWatcher(Options{Targets: []Target{{Paths: []string{at("a")}, Debounce: quick, Poll: quick}}, Changed: func(c Change) { w.changes <- c }, Said: w.hear})
	tries, connect := 0, w.connect
	w.connect = func() (*fsnotify.Watcher, error) {
		if tries++; tries < 5 {
			return nil, fmt.Errorf("couldn't initialize inotify: %w", unix.EMFILE)
		}
		return connect()
	}
	go w.run()
	w.settle()
	w.hears("0 warn cannot use inotify: couldn't initialize inotify: too many open files: raise fs.inotify.max_user_instances, or the limit of open files (nofile); looking every 60ms instead")
	write(t, at("a"), "2")
	w.expect(at("a"))
	w.hears("0 info inotify has room again")
	write(t, at("a"), "3")
	w.expect(at("a"))
}

func TestFileSystemsThatDoNotTellArePolled(t *testing.T) {
	at := in(t.TempDir())
	write(t, at("a"), "1")
	node, err := nodeOf(at())
	must(t, err)
	w := &watched{t: t, changes: make(chan Change, 10)}
	w.Watcher = newWatcher(Options{Targets: []Target{{Paths: []string{at("a")}, Debounce: quick}}, Changed: func(c Change) { w.changes <- c }, Said: w.hear})
	w.remote[node.dev] = "NFS"
	w.begin()
	w.look(w.targets[0])
	if at := w.targets[0].pollAt; at.IsZero() {
		t.Error("it is not looked at regularly")
	}
	w.disconnect()
	must(t, w.fs.Close())
	if name := w.remoteType("/dev/shm", 1<<60); name != "" {
		t.Errorf("/dev/shm is on %s?", name)
	}
}

func TestWhatLeadsIntoTheKernelIsRefused(t *testing.T) {
	at := in(t.TempDir())
	must(t, os.Symlink("/proc/self/mounts", at("mtab")))
	w := open(t, false, Target{Paths: []string{at("mtab")}}, Target{Paths: []string{at("other")}})
	w.hears("0 warn cannot watch " + at("mtab") + ": it leads to /proc, where the kernel tells of no changes")
	write(t, at("other"), "x")
	w.expect(at("other"))
}

// An idle watcher sleeps, unless it has to poll.
func TestIdleMeansIdle(t *testing.T) {
	at := in(t.TempDir())
	write(t, at("a"), "1")
	w := newWatcher(Options{Targets: []Target{{Paths: []string{at("*")}, Debounce: quick}}, Changed: func(Change) {}, Said: func(int, bool, string) {}})
	w.begin()
	defer w.disconnect()
	t0 := w.targets[0]
	t0.compare(w.look(t0), time.Now())
	if next := w.attend(time.Now()); !next.IsZero() {
		t.Errorf("it would wake at %v", next)
	}
	for path := range w.heeded {
		if path != "/" && !strings.HasPrefix(at(), path) {
			t.Errorf("it listens at %s, which is not on the way", path)
		}
	}
	if _, ok := w.heeded[filepath.Dir(at())]; !ok {
		t.Error("it does not listen where its directory could be replaced")
	}
}

func TestClosingGivesAllBack(t *testing.T) {
	at := in(t.TempDir())
	w := Open(Options{Targets: []Target{{Paths: []string{at("a")}}}, Changed: func(Change) {}, Said: func(int, bool, string) {}})
	<-w.Ready()
	w.Close()
	<-w.Done()
	if err := w.fs.Add(at()); !errors.Is(err, fsnotify.ErrClosed) {
		t.Errorf("inotify is still open: %v", err)
	}
}
