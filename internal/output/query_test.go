package output

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheTailOfThisRunAndThePrevious(t *testing.T) {
	h := newHost(t, Options{})
	c := Config{Mode: Prefix, Tail: 10}
	if _, ok := h.Tail("app", false); ok || h.LogTail("app") != nil {
		t.Error("there is a tail before the first run")
	}
	h.run("app", 1, c, `out one\n;err 0123456789abcdef\n`)
	if _, ok := h.Tail("app", true); ok {
		t.Error("there is a run before the first")
	}
	h.run("app", 2, c, `out two\n`)
	// One that cannot be started opens its streams too, and nothing more.
	files, err := h.Open("app", 3, c)
	if err != nil {
		t.Fatal(err)
	}
	files.Close()
	h.run("app", 4, c, `out four\n`)
	h.check("app", false, Tail{Gen: 4, Stdout: []byte("four\n")})
	h.check("app", true, Tail{Gen: 2, Stdout: []byte("two\n")})
	h.run("app", 5, Config{Mode: Prefix, Tail: -1}, `out five\n`)
	h.check("app", false, Tail{Gen: 5})
	h.check("app", true, Tail{Gen: 4, Stdout: []byte("four\n")})
	if counts := h.Counts()["app"]; counts != (Counts{{Bytes: 18, Lines: 4}, {Bytes: 17, Lines: 1}}) {
		t.Errorf("counted %+v", counts)
	}
	h.run("app", 6, c, `err 0123456789abcdef\n`)
	h.check("app", false, Tail{Gen: 6, Stderr: []byte("789abcdef\n")})
}

func (h *host) check(name string, previous bool, want Tail) {
	h.t.Helper()
	got, ok := h.Tail(name, previous)
	show := func(t Tail) string { return fmt.Sprintf("run %d: %q, %q", t.Gen, t.Stdout, t.Stderr) }
	if !ok || show(got) != show(want) {
		h.t.Errorf("previous %t: got %s, %t; want %s", previous, show(got), ok, show(want))
	}
}

func TestFollow(t *testing.T) {
	h := newHost(t, Options{})
	var early strings.Builder
	_, stopEarly := h.Follow("app", func(c Chunk) { early.Write(c.Data) })
	h.run("app", 1, Config{Mode: JSON}, "lines 1000")
	var later []string
	tail, stop := h.Follow("app", func(c Chunk) { later = append(later, fmt.Sprintf("%d %s %s", c.Gen, c.Stream, c.Data)) })
	h.run("app", 2, Config{Mode: JSON}, `err next\n`)
	h.run("other", 1, Config{Mode: JSON}, `out other\n`)
	stop()
	h.run("app", 3, Config{Mode: JSON}, `out last\n`)
	stopEarly()
	if !strings.HasSuffix(string(tail.Stdout), "line 999\n") || !strings.HasPrefix(early.String(), string(tail.Stdout)) {
		t.Errorf("what came before is not what the other follower saw")
	}
	if len(later) != 1 || later[0] != "2 stderr next\n" {
		t.Errorf("followed %q", later)
	}
	if !strings.HasSuffix(early.String(), "line 999\nnext\nlast\n") {
		t.Errorf("from the start: %d bytes", early.Len())
	}
}

func TestQuestionsAfterTheEnd(t *testing.T) {
	h := newHost(t, Options{})
	h.run("app", 1, Config{Mode: Prefix}, `out one\n`)
	h.finish()
	if _, ok := h.Tail("app", false); ok {
		t.Error("a closed manager keeps something")
	}
	_, stop := h.Follow("app", func(Chunk) {})
	stop()
	if err := h.Close(0); err != nil {
		t.Error(err)
	}
}

// 1,000 containers that print nothing.
func TestQuietContainersTakeLittleMemory(t *testing.T) {
	const containers = 1000
	h := newHost(t, Options{})
	h.feed("first", 1, Config{Mode: JSON}, []byte("one\n"))
	before := memory()
	goroutines := runtime.NumGoroutine()
	var open []Files
	for i := range containers {
		files, err := h.Open(fmt.Sprintf("container-%d", i), 1, Config{Mode: JSON})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, files)
	}
	h.Counts() // all have been entered
	each := (memory() - before) / containers
	t.Logf("%d bytes a container", each)
	if each > 4<<10 {
		t.Errorf("a quiet container takes %d bytes", each)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines more", now-goroutines)
	}
	for i := range open {
		open[i].Close()
	}
	h.finish()
}

// memory is what is in use of heap and stacks.
func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

func TestThreads(t *testing.T) {
	h := newHost(t, Options{}) // writes to pipes
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	toFile := New(Options{Stdout: int(file.Fd()), Stderr: int(file.Fd())})
	files := []Config{{File: "/a"}, {File: "/a", Mode: JSON}, {File: "/b"}}
	many := append([]Config{{File: "/c"}, {File: "/d"}, {File: "/e"}, {}}, files...)
	for _, test := range []struct {
		m       *Manager
		configs []Config
		want    int
	}{
		{h.Manager, nil, 0}, {h.Manager, []Config{{}, {Mode: Prefix}}, 1}, {h.Manager, files, 3}, {h.Manager, many, diskWriters + 1},
		{toFile, []Config{{}}, 0}, {toFile, []Config{{}, {Keep: true}}, 2}, {toFile, append(many, Config{Mode: JSON}), diskWriters + 2},
	} {
		if got := test.m.Threads(test.configs); got != test.want {
			t.Errorf("%+v: %d threads, want %d", test.configs, got, test.want)
		}
	}
}
