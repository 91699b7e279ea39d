package output

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestTheLastByteBeforeACrashArrives(t *testing.T) {
	h := newHost(t, Options{})
	d := h.run("app", 1, Config{Mode: Prefix}, `out first\nlast words;kill`)
	if string(d.LogTail) != "first\nlast words" {
		t.Errorf("the log's end is %q", d.LogTail)
	}
	if tail, ok := h.Tail("app", false); !ok || string(tail.Stdout) != "first\nlast words" || len(tail.Stderr) > 0 {
		t.Errorf("kept: %q and %q, %t", tail.Stdout, tail.Stderr, ok)
	}
	if out, _ := h.finish(); out != "app | first\napp | last words\n" {
		t.Errorf("passed on: %q", out)
	}
}

func TestAGrandchildThatKeepsTheStreamsDelaysNothing(t *testing.T) {
	h := newHost(t, Options{})
	p := h.start("app", 1, Config{Mode: Prefix}, `leave  ends later\n;out here I`)
	if d := p.wait(); string(d.LogTail) != "here I" {
		t.Errorf("when the process had ended, its log ended with %q", d.LogTail)
	}
	h.run("app", 2, Config{Mode: Prefix}, `out the next run\n`)
	p.rope.Close()
	until(t, "the grandchild's words", func() bool {
		tail, _ := h.Tail("app", true)
		return string(tail.Stdout) == "here I ends later\n"
	})
	if out, _ := h.finish(); out != "app | here I\napp | the next run\napp +  ends later\n" {
		t.Errorf("passed on: %q", out)
	}
}

func TestTenThousandShortWrites(t *testing.T) {
	for _, mode := range []Mode{Prefix, JSON} {
		h := newHost(t, Options{})
		h.run("app", 1, Config{Mode: mode}, "lines 10000")
		out, _ := h.finish()
		var want strings.Builder
		for i := range 10000 {
			fmt.Fprintf(&want, "line %d\n", i)
		}
		if got := withoutForm(t, mode, "app", out); got != want.String() {
			t.Errorf("%s: %d bytes came, want %d", mode, len(got), want.Len())
		}
	}
}

func TestLongLines(t *testing.T) {
	for _, test := range []struct {
		size    int
		records int // in JSON
	}{{1<<20 + 1, 1}, {longestLine, 1}, {5 << 20, 2}} {
		want := strings.Repeat("x", test.size-1) + "\n"
		for _, mode := range []Mode{Prefix, JSON} {
			h := newHost(t, Options{})
			h.run("app", 1, Config{Mode: mode}, fmt.Sprintf("long %d;out after\\n", test.size))
			out, _ := h.finish()
			if got := withoutForm(t, mode, "app", out); got != want+"after\n" {
				t.Errorf("%s: a line of %d bytes came as %d bytes", mode, test.size, len(got))
			}
			if lines := strings.Count(out, "\n"); lines != test.records+1 {
				t.Errorf("%s: a line of %d bytes came in %d pieces, want %d", mode, test.size, lines-1, test.records)
			}
		}
	}
}

func TestTheOrderOfBothStreamsIsKeptWhereTheyEndUpTogether(t *testing.T) {
	h := newSilentHost(t, Options{})
	both := h.readers[0]
	h.manage(Options{Stdout: int(both.writeEnd.Fd()), Stderr: int(both.writeEnd.Fd())})
	h.read()
	d := h.run("app", 1, Config{Mode: Prefix}, "alternate 5000")
	tail, _ := h.Tail("app", false)
	out, _ := h.finish()
	for i, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if want := fmt.Sprintf("app | line %d", i); line != want {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if !strings.HasSuffix(string(d.LogTail), "\nline 4998\nline 4999\n") {
		t.Errorf("the log ends with %q", d.LogTail)
	}
	if !tail.Merged || !strings.HasSuffix(string(tail.Stdout), "\nline 4998\nline 4999\n") || tail.Stderr != nil {
		t.Errorf("kept: merged %t, %d and %d bytes", tail.Merged, len(tail.Stdout), len(tail.Stderr))
	}
}

func TestTwoStreamsStayApart(t *testing.T) {
	h := newHost(t, Options{})
	h.run("app", 1, Config{Mode: JSON}, "alternate 2000")
	out, errors := h.finish()
	for which, text := range []string{out, errors} {
		records := decodeRecords(t, []byte(text))
		if len(records) != 1000 {
			t.Fatalf("%s: %d lines, want 1000", Stream(which), len(records))
		}
		for i, r := range records {
			if want := fmt.Sprintf("line %d", 2*i+which); r.Message != want || r.Stream != Stream(which).String() {
				t.Fatalf("%s: line %d is %+v", Stream(which), i, r)
			}
		}
	}
	if counts := h.Counts(); len(counts) != 0 {
		t.Errorf("a closed manager counts %v", counts)
	}
}

// One after the other, each waits until its words have come: then the order
// between two pipes is known too.
func TestTwoStreamsInTurns(t *testing.T) {
	h := newHost(t, Options{})
	files, err := h.Open("app", 1, Config{Mode: JSON})
	if err != nil {
		t.Fatal(err)
	}
	var order []Stream
	_, stop := h.Follow("app", func(c Chunk) { order = append(order, c.Stream) })
	for i := range 20 {
		which := Stream(i / 2 % 2)
		write([]int{files.Stdout, files.Stderr}[which], fmt.Sprintf("%d\n", i))
		until(t, "a line", func() bool { return h.Counts()["app"][which].Lines == uint64(i/4*2+i%2+1) })
	}
	stop()
	files.Close()
	var want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&want, "%d\n", i)
	}
	if d := h.drained("app", 1); string(d.LogTail) != want.String() {
		t.Errorf("the log's end is %q", d.LogTail)
	}
	for i, which := range order {
		if which != Stream(i/2%2) {
			t.Errorf("followed: %v", order)
			break
		}
	}
}

func TestLinesOfContainersNeverMix(t *testing.T) {
	h := newHost(t, Options{Names: []string{"a", "long-name"}})
	a := h.start("a", 1, Config{Mode: Prefix}, "lines 3000")
	b := h.start("long-name", 1, Config{Mode: Prefix}, "lines 3000")
	a.wait()
	b.wait()
	out, _ := h.finish()
	next := map[string]int{}
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		name, text, _ := strings.Cut(line, " | ")
		if want := fmt.Sprintf("line %d", next[name]); text != want {
			t.Fatalf("got %q, want %q", line, want)
		}
		next[name]++
	}
	if len(next) != 2 || next["a        "] != 3000 || next["long-name"] != 3000 {
		t.Errorf("lines by aligned name: %v", next)
	}
}

// What strays print until nile ends.
func TestCloseReadsWhatIsLeft(t *testing.T) {
	h := newHost(t, Options{})
	for _, name := range []string{"a", "b", "c"} {
		files, err := h.Open(name, 1, Config{Mode: Prefix})
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		write(files.Stdout, "last words")
	}
	if out, _ := h.finish(); out != "a | last words\nb | last words\nc | last words\n" {
		t.Errorf("passed on: %q", out)
	}
}

func TestInheritPutsNothingBetween(t *testing.T) {
	h := newHost(t, Options{})
	files, err := h.Open("app", 1, Config{})
	if err != nil || files.Stdout != h.options.Stdout || files.Stderr != h.options.Stderr {
		t.Fatalf("got %+v, %v; want the manager's own", files, err)
	}
	files.Close()
	write(files.Stdout, "as it is") // still open: it is not ours to close
	if h.Ended("app", 1, func(Drained) { t.Error("drained what nobody read") }) {
		t.Error("there is nothing to wait for")
	}
	if _, ok := h.Tail("app", false); ok {
		t.Error("kept what nobody read")
	}
	if h.buffer != nil {
		t.Error("the poller was started for nothing")
	}
	if out, _ := h.finish(); out != "as it is" {
		t.Errorf("passed on: %q", out)
	}
}

// entrypoint scripts start as root and hand over to a user, whose program logs to
// /dev/stdout.
func TestAnotherUserMayOpenItsOutputAgain(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("changes its user, which only root may")
	}
	h := newHost(t, Options{})
	h.run("app", 1, Config{Mode: Prefix}, "reopen 65534")
	if out, _ := h.finish(); out != "app | reopened\n" {
		t.Errorf("passed on: %q", out)
	}
}

func TestAProcessGetsBlockingStreams(t *testing.T) {
	h := newHost(t, Options{})
	h.run("app", 1, Config{Mode: Prefix}, "blocking")
	if out, _ := h.finish(); out != "app | blocking true\n" {
		t.Errorf("passed on: %q", out)
	}
}
