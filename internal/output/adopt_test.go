package output

import (
	"testing"

	"golang.org/x/sys/unix"
)

// earlyPipe makes a pipe that holds text already, and returns both ends.
func earlyPipe(t *testing.T, text string) (read, write int) {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(ends[1], []byte(text)); err != nil {
		t.Fatal(err)
	}
	return ends[0], ends[1]
}

func TestPipesThatWereMadeEarlyAreRead(t *testing.T) {
	h := newHost(t, Options{})
	out, outEnd := earlyPipe(t, "before\n")
	errs, errsEnd := earlyPipe(t, "")
	if err := h.Adopt("app", 1, Config{Keep: true}, out, errs); err != nil {
		t.Fatal(err)
	}
	_, _ = unix.Write(errsEnd, []byte("a warning\n"))
	_, _ = unix.Write(outEnd, []byte("last words"))
	closeDescriptor(outEnd)
	closeDescriptor(errsEnd)
	ended := make(chan Drained, 1)
	if !h.Ended("app", 1, func(d Drained) { ended <- d }) {
		t.Fatal("nothing is read")
	}
	<-ended
	tail, ok := h.Tail("app", false)
	if !ok || string(tail.Stdout) != "before\nlast words" || string(tail.Stderr) != "a warning\n" || tail.Merged {
		t.Errorf("kept: %+v, %t", tail, ok)
	}
	if out, errs := h.finish(); out != "before\nlast words" || errs != "a warning\n" {
		t.Errorf("passed on: %q and %q", out, errs)
	}
}

func TestOneEarlyPipeForBothStreams(t *testing.T) {
	h := newHost(t, Options{})
	both, end := earlyPipe(t, "one\ntwo\n")
	if err := h.Adopt("app", 1, Config{Keep: true}, both, both); err != nil {
		t.Fatal(err)
	}
	closeDescriptor(end)
	until(t, "the output", func() bool {
		tail, ok := h.Tail("app", false)
		return ok && tail.Merged && string(tail.Stdout) == "one\ntwo\n"
	})
	if out, errs := h.finish(); out != "one\ntwo\n" || errs != "" {
		t.Errorf("passed on: %q and %q", out, errs)
	}
}

func TestEarlyPipesThatCannotBeKeptArePassedOn(t *testing.T) {
	h := newSilentHost(t, Options{})
	h.feed("another", 1, Config{Mode: Prefix})
	if err := h.Close(patience); err != nil {
		t.Fatal(err)
	}
	out, outEnd := earlyPipe(t, "")
	errs, errsEnd := earlyPipe(t, "a warning\n")
	if err := h.Adopt("app", 1, Config{Keep: true}, out, errs); err == nil {
		t.Fatal("a manager that has ended reads it")
	}
	_, _ = unix.Write(outEnd, []byte("text\n"))
	closeDescriptor(outEnd)
	closeDescriptor(errsEnd)
	for i, want := range []string{"text\n", "a warning\n"} {
		buffer := make([]byte, 100)
		n, err := h.readers[i].pipe.Read(buffer) // waits for it
		if string(buffer[:n]) != want || err != nil {
			t.Errorf("%s: %q was passed on (%v)", Stream(i), buffer[:n], err)
		}
	}
}
