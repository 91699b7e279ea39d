package output

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// destinations are kinds of standard output that nobody reads for now: one that
// the poller writes to by itself, and one that it must not.
var destinations = map[string]func(*testing.T) *reader{
	"pipe": newReader,
	"socket": func(t *testing.T) *reader {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := newReader(t)
		r.pipe.Close()
		r.writeEnd.Close()
		r.pipe, r.writeEnd = os.NewFile(uintptr(pair[0]), "read"), os.NewFile(uintptr(pair[1]), "write")
		return r
	},
	// A pipe that the poller begins to write to by itself, and finds that Linux
	// has no RWF_NOWAIT for those with a name.
	"FIFO": func(t *testing.T) *reader {
		path := t.TempDir() + "/fifo"
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r := newReader(t)
		r.pipe.Close()
		r.writeEnd.Close()
		// Blocking descriptors, as nile inherits them.
		for end, flag := range map[**os.File]int{&r.pipe: unix.O_RDONLY, &r.writeEnd: unix.O_WRONLY} {
			fd, err := unix.Open(path, flag|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			*end = os.NewFile(uintptr(fd), path)
		}
		return r
	},
}

func eachDestination(t *testing.T, test func(t *testing.T, h *host)) {
	for kind, open := range destinations {
		t.Run(kind, func(t *testing.T) {
			h := &host{t: t, readers: []*reader{open(t), newReader(t)}}
			h.manage(Options{Stdout: int(h.readers[0].writeEnd.Fd()), Stderr: int(h.readers[1].writeEnd.Fd())})
			test(t, h)
		})
	}
}

// queuedFor tells how much waits for standard output.
func (h *host) queuedFor() (n int) {
	h.ask(func() { n = h.own[Stdout].queued() })
	return n
}

func TestAStandardOutputThatIsNotReadBlocksTheProcessAndNobodyElse(t *testing.T) {
	eachDestination(t, func(t *testing.T, h *host) {
		const lines = 200_000
		p := h.start("app", 1, Config{Mode: Prefix}, fmt.Sprintf("lines %d", lines))
		until(t, "the process waits", func() bool {
			var paused bool
			h.ask(func() { paused = len(h.own[Stdout].paused) > 0 })
			return paused
		})
		if n := h.queuedFor(); n > roomLimit+4*readSize {
			t.Errorf("%d bytes wait in memory", n)
		}
		// Nor does nile look again and again whether there is room.
		h.ask(func() {
			ready := make([]unix.EpollEvent, 8)
			if n, err := unix.EpollWait(h.epoll, ready, 0); n != 0 || err != nil {
				t.Errorf("there is something to do: %+v, %v", ready[:max(n, 0)], err)
			}
		})
		// Others are not in its way: they print to standard error, and end.
		if d := h.run("other", 1, Config{Mode: JSON}, `err fine\n`); string(d.LogTail) != "fine\n" {
			t.Errorf("the other's log ends with %q", d.LogTail)
		}
		// Nor is the tail.
		if tail, ok := h.Tail("app", false); !ok || !bytes.HasPrefix(tail.Stdout, []byte("line ")) && len(tail.Stdout) < DefaultTail {
			t.Errorf("the tail has %d bytes, %t", len(tail.Stdout), ok)
		}
		h.read()
		p.wait()
		out, _ := h.finish()
		if got := strings.Count(out, "app | line "); got != lines || !strings.HasSuffix(out, fmt.Sprintf("app | line %d\n", lines-1)) {
			t.Errorf("%d lines came, want %d, to the last", got, lines)
		}
		if said := h.said(); len(said) > 0 {
			t.Errorf("it was said %q", said)
		}
	})
}

// The last words of a process don't wait for a reader, and are not lost either.
func TestACrashBehindAStandardOutputThatIsNotRead(t *testing.T) {
	eachDestination(t, func(t *testing.T, h *host) {
		line := strings.Repeat("x", 99) + "\n"
		p := h.start("app", 1, Config{Mode: Prefix}, "lines 100000;out never")
		until(t, "the process waits", func() bool {
			var paused bool
			h.ask(func() { paused = len(h.own[Stdout].paused) > 0 })
			return paused
		})
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		d := p.wait()
		tail, _ := h.Tail("app", false)
		for i := range 3 {
			h.feed("next", i+1, Config{Mode: Prefix}, []byte(line))
		}
		h.read()
		out, _ := h.finish()
		app, next, _ := strings.Cut(out, "next | ")
		text := withoutForm(t, Prefix, "app", app)
		if !strings.HasSuffix(text, strings.TrimSuffix(string(tail.Stdout), "\n")+"\n") || !strings.HasSuffix(string(tail.Stdout), string(d.LogTail)) {
			t.Errorf("what arrived ends with %q, what is kept with %q", text[len(text)-30:], d.LogTail)
		}
		if strings.Count(next, "next | ") != 2 {
			t.Errorf("of three later lines %d came", 1+strings.Count(next, "next | "))
		}
	})
}

// A pod that crashes again and again while nobody reads must not fill the memory.
func TestWhatWaitsForAReaderIsBounded(t *testing.T) {
	h := newSilentHost(t, Options{})
	text := bytes.Repeat([]byte(strings.Repeat("x", 99)+"\n"), 600)
	runs := (roomLimit+reserve)/len(text) + 100
	for i := range runs {
		h.feed("app", i, Config{Mode: Prefix}, text)
	}
	if n := h.queuedFor(); n > roomLimit+reserve+2*len(text) {
		t.Errorf("%d bytes wait in memory", n)
	}
	tail, _ := h.Tail("app", false)
	if string(tail.Stdout) != string(text) {
		t.Errorf("of the last words %d bytes are kept", len(tail.Stdout))
	}
	h.read()
	out, _ := h.finish()
	said := h.said()
	if len(said) != 2 || said[0] != errNotRead.Error() || !strings.HasPrefix(said[1], "standard output can be written again: ") {
		t.Fatalf("it was said %q", said)
	}
	var dropped int
	if _, err := fmt.Sscanf(said[1], "standard output can be written again: %d bytes of output were dropped meanwhile", &dropped); err != nil {
		t.Fatal(err)
	}
	if came := len(withoutForm(t, Prefix, "app", out)); came+dropped != runs*len(text) {
		t.Errorf("%d bytes came and %d were dropped, of %d", came, dropped, runs*len(text))
	}
}

// A reader that never quite catches up.
func TestASlowReaderCostsNoMemory(t *testing.T) {
	h := newSilentHost(t, Options{})
	text := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 400))
	files, err := h.Open("app", 1, Config{Mode: Prefix})
	if err != nil {
		t.Fatal(err)
	}
	fd, buffer := int(h.readers[0].pipe.Fd()), make([]byte, len(text))
	var written, came, room int
	for written < 20<<20 {
		write(files.Stdout, string(text))
		written += len(text)
		until(t, "the text", func() bool { return h.Counts()["app"][Stdout].Bytes == uint64(written) })
		h.ask(func() { room = max(room, cap(h.own[Stdout].pending)) })
		for h.queuedFor() > roomLimit/2 {
			n, err := unix.Read(fd, buffer)
			if err != nil {
				t.Fatal(err)
			}
			came += bytes.Count(buffer[:n], newline)
		}
	}
	if room > 8*roomLimit {
		t.Errorf("the buffer took %d bytes", room)
	}
	files.Close()
	h.read()
	h.drained("app", 1)
	out, _ := h.finish()
	if came += strings.Count(out, "\n"); came != written/100 {
		t.Errorf("%d lines came, want %d", came, written/100)
	}
}

func TestCloseHasPatienceAndNoMore(t *testing.T) {
	eachDestination(t, func(t *testing.T, h *host) {
		const runs, size = 10, 60_000
		for gen := range runs {
			h.feed("app", gen, Config{Mode: Prefix}, bytes.Repeat([]byte("x"), size))
		}
		var left int
		err := h.Close(time.Millisecond)
		if err == nil {
			t.Fatal("all was written, to nobody")
		}
		if _, e := fmt.Sscanf(err.Error(), "cannot pass on the last %d bytes of output: nobody reads them", &left); e != nil || left < size {
			t.Errorf("Close says: %v", err)
		}
		if _, err := h.Open("app", runs, Config{Mode: Prefix}); err == nil || !strings.Contains(err.Error(), "about to end") {
			t.Errorf("Open after Close: %v", err)
		}
		// What is under way still goes out, and must have before the test closes
		// the descriptor.
		s := h.own[Stdout]
		came := make([]byte, runs*len("app | \n")+runs*size-s.queued()+s.flight)
		if _, err := io.ReadFull(h.readers[0].pipe, came); err != nil {
			t.Errorf("what was not left: %v", err)
		}
	})
}
