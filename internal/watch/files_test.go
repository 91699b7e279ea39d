package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAFileIsChangedWhereItsContentsAre(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		path := at("app.yaml")
		write(t, path, "one")
		w := open(t, polled, Target{Paths: []string{path}}, Target{Paths: []string{at("sentinel")}})

		write(t, path, "two")
		w.expect(path)
		replace(t, path, "three")
		w.expect(path)
		must(t, os.Remove(path))
		write(t, path, "four")
		w.expect(path)

		// The same again, by whatever way, is no change.
		write(t, path, "four")
		replace(t, path, "four")
		must(t, os.Chmod(path, 0o600))
		must(t, os.Rename(path, at("away")))
		w.hears("there is no " + path + " now: waiting for it")
		must(t, os.Rename(at("away"), path))
		write(t, at("sentinel"), "x")
		if c := w.next(); c.Target != 1 {
			t.Errorf("what has the same contents is told as a change: %+v", c)
		}
	})
}

func TestWhatChangesBeforeTheFirstLookIsTold(t *testing.T) {
	path, other := filepath.Join(t.TempDir(), "app.yaml"), filepath.Join(t.TempDir(), "other.yaml")
	write(t, other, "one")
	time.Sleep(50 * time.Millisecond) // the clock of files is behind by a few milliseconds
	since := time.Now()
	write(t, path, "one")
	for begun := time.Now(); !changedAfter(t, path, since) && time.Since(begun) < patience; {
		write(t, path, "two")
	}
	w := &watched{t: t, changes: make(chan Change, 10)}
	w.Watcher = Open(Options{
		Targets: []Target{{Paths: []string{other}, Debounce: quick}, {Paths: []string{path}, Debounce: quick}},
		Since:   since, Changed: func(c Change) { w.changes <- c }, Said: w.hear,
	})
	w.settle()
	w.expect(path)
	write(t, other, "two") // nothing but this has been told meanwhile
	w.expect(other)
}

func changedAfter(t *testing.T, path string, since time.Time) bool {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Stat(path, &st))
	return time.Unix(st.Ctim.Unix()).After(since)
}

func TestEditorsAreUnderstood(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		file, dir := at("one", "app.yaml"), at("two")
		must(t, os.Mkdir(at("one"), 0o755))
		must(t, os.Mkdir(dir, 0o755))
		write(t, file, "port: 80\n")
		write(t, at("two", "app.yaml"), "port: 80\n")
		w := open(t, polled, Target{Paths: []string{file}}, Target{Paths: []string{dir}})
		for _, path := range []string{file, at("two", "app.yaml")} {
			for _, editor := range [][]string{
				{"sed", "-i", "s/80/81/", path},
				{"vim", "-u", "NONE", "-es", "-c", "set backupcopy=no writebackup", "-c", "%s/81/82/", "-c", "wq", path}, // renames
				{"vim", "-u", "NONE", "-es", "-c", "set backupcopy=yes backup", "-c", "%s/82/83/", "-c", "wq", path},     // writes in place, leaves app.yaml~
			} {
				t.Run(editor[0], func(t *testing.T) {
					if _, err := exec.LookPath(editor[0]); err != nil {
						t.Skipf("no %s here", editor[0])
					}
					if output, err := exec.Command(editor[0], editor[1:]...).CombinedOutput(); err != nil {
						t.Fatalf("%q: %v: %s", editor, err, output)
					}
					w.expect(path)
				})
			}
		}
	})
}

func TestWhatDoesNotExistYetIsWaitedFor(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		file, pattern := at("a", "b", "app.yaml"), at("c", "*.conf")
		w := open(t, polled, Target{Paths: []string{file}}, Target{Paths: []string{pattern}})
		w.hears("0 info there is no " + file + " now: waiting for it")
		w.hears("1 info there is no " + pattern + " now: waiting for it")

		must(t, os.MkdirAll(at("a", "b"), 0o755))
		write(t, file, "one")
		w.expect(file)
		must(t, os.Mkdir(at("c"), 0o755))
		write(t, at("c", "x.conf"), "one")
		write(t, at("c", "y.txt"), "one")
		write(t, at("c", ".hidden.conf"), "one")
		w.expect(at("c", "x.conf"))
	})
}

func TestDirectoriesThatAreReplacedAreFollowed(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		file := at("srv", "app", "conf", "app.yaml")
		must(t, os.MkdirAll(at("srv", "app", "conf"), 0o755))
		must(t, os.MkdirAll(at("srv", "fresh", "conf"), 0o755))
		write(t, file, "one")
		write(t, at("srv", "fresh", "conf", "app.yaml"), "two")
		w := open(t, polled, Target{Paths: []string{file}})

		must(t, os.Rename(at("srv", "app"), at("srv", "old")))
		must(t, os.Rename(at("srv", "fresh"), at("srv", "app")))
		w.expect(file)
		must(t, os.RemoveAll(at("srv", "app")))
		must(t, os.MkdirAll(at("srv", "app", "conf"), 0o755))
		write(t, file, "three")
		w.expect(file)
		must(t, os.RemoveAll(at("srv", "app")))
		w.hears("there is no " + file)
		must(t, os.Rename(at("srv", "old"), at("srv", "app")))
		w.expect(file)
		write(t, file, "four")
		w.expect(file)
	})
}

func TestADirectoryStandsForItsFiles(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		write(t, at("a"), "one")
		must(t, os.Mkdir(at("sub"), 0o755))
		w := open(t, polled, Target{Paths: []string{at()}})
		write(t, at("sub", "below"), "not meant")
		write(t, at(".a.swp"), "vim's")
		write(t, at("a~"), "a backup")
		write(t, at("#a#"), "emacs's")
		write(t, at("b"), "one")
		w.expect(at("b"))
		must(t, os.Remove(at("b")))
		w.expect(at("b"))
	})
}

func TestBelowADirectory(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		must(t, os.MkdirAll(at("x", "y"), 0o755))
		must(t, os.Symlink(at(), at("x", "loop")))
		must(t, os.Symlink("../y", at("x", "y", "again")))
		write(t, at("x", "y", "deep"), "one")
		w := open(t, polled, Target{Paths: []string{at()}, Recursive: true})
		write(t, at("x", "y", "deep"), "two")
		w.expect(at("x", "y", "deep"))
		must(t, os.MkdirAll(at("n", "e", "w"), 0o755))
		write(t, at("n", "e", "w", "file"), "one")
		w.expect(at("n", "e", "w", "file"))
		write(t, at("n", "e", "w", "file"), "two")
		w.expect(at("n", "e", "w", "file"))
		must(t, os.RemoveAll(at("n")))
		w.expect(at("n", "e", "w", "file"))
	})
}

func TestLinksAreFollowed(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		for _, release := range []string{"1", "2"} {
			must(t, os.MkdirAll(at("releases", release), 0o755))
			write(t, at("releases", release, "app.war"), "release "+release)
		}
		must(t, os.Symlink("releases/1", at("current")))
		must(t, os.Symlink(at("current", "app.war"), at("app.war")))
		w := open(t, polled, Target{Paths: []string{at("app.war")}}, Target{Paths: []string{at("current", "*.war")}})
		twice := func() {
			t.Helper()
			a, b := w.next(), w.next()
			if a.Target+b.Target != 1 {
				t.Errorf("both targets should have changed: %+v, %+v", a, b)
			}
		}
		must(t, os.Symlink("releases/2", at("next")))
		must(t, os.Rename(at("next"), at("current")))
		twice()
		write(t, at("releases", "2", "app.war"), "release 2, mended")
		twice()
		write(t, at("releases", "1", "app.war"), "nobody cares")
		write(t, at("releases", "2", "app.war"), "release 2, mended again")
		twice()
	})
}

func TestALoopOfLinksIsSaidAndMended(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		must(t, os.Symlink(at("b"), at("a")))
		must(t, os.Symlink(at("a"), at("b")))
		w := open(t, polled, Target{Paths: []string{at("a")}}, Target{Paths: []string{at("sentinel")}})
		w.hears("0 warn cannot look at " + at("a") + ": too many levels of symbolic links: see where its symbolic links lead; it is tried again")
		write(t, at("sentinel"), "x")
		w.expect(at("sentinel"))
		must(t, os.Remove(at("b")))
		write(t, at("b"), "a file at last")
		w.expect(at("a"))
		if n := w.hears("too many levels"); n != 1 {
			t.Errorf("it was said %d times", n)
		}
	})
}

func TestLargeFilesAreComparedByTheirLooks(t *testing.T) {
	both(t, func(t *testing.T, polled bool) {
		at := in(t.TempDir())
		path := at("app.war")
		write(t, path, "a WAR")
		must(t, os.Truncate(path, MaxContent+1))
		w := open(t, polled, Target{Paths: []string{path}})
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteString("another") // its size stays
		must(t, err)
		must(t, f.Close())
		w.expect(path)
	})
}
