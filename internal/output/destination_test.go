package output

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// nile passes signals on to what it runs: SIGPIPE and SIGXFSZ of its own writes
// must not be among them, let alone end it.
func TestADestinationThatFailsIsSaidOnceAndRaisesNoSignal(t *testing.T) {
	for kind, want := range map[string]string{
		"broken":       "cannot write to standard output: broken pipe: what the containers print there is dropped\n",
		"brokenSocket": "cannot write to standard output: broken pipe: what the containers print there is dropped\n",
		"limited":      "cannot write output to FILE: file too large: it is dropped until that works\n",
	} {
		t.Run(kind, func(t *testing.T) {
			file := t.TempDir() + "/log"
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(playing("pod "+kind), "OUTPUT_TEST_FILE="+file)
			said, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			want := strings.ReplaceAll(want, "FILE", file) + "no signal\n"
			if string(said) != want {
				t.Errorf("it said\n%swant\n%s", said, want)
			}
		})
	}
}

// In a process of its own, where nobody else opens and closes descriptors.
func TestNoDescriptorsLeft(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = playing("exhaust")
	said, err := cmd.CombinedOutput()
	const want = `spare 0: cannot read the output of app: cannot make a pipe: too many open files: it is passed on as it is; leaked 0
spare 1: cannot read the output of app: cannot make a pipe: too many open files: it is passed on as it is; leaked 0
spare 2: cannot read the output of app: cannot make a pipe: too many open files: it is passed on as it is; leaked 0
spare 3: cannot read the output of app: cannot make a pipe: too many open files: it is passed on as it is; leaked 0
spare 4: <nil>; leaked 0
`
	if err != nil || string(said) != want {
		t.Errorf("%v: it said\n%swant\n%s", err, said, want)
	}
}

func TestATerminalIsADestinationToo(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer terminal.Close()
	fd := int(terminal.Fd())
	h := &host{t: t}
	h.manage(Options{Names: []string{"app"}, Stdout: fd, Stderr: fd, Colour: true})
	h.run("app", 1, Config{Mode: Prefix}, `out one\n;err two\n`)
	file := t.TempDir() + "/log"
	h.run("other", 1, Config{Mode: Prefix, File: file}, `out three\n`)
	if err := h.Close(patience); err != nil {
		t.Fatal(err)
	}
	const want = "\x1b[0;36mapp | \x1b[0mone\r\n\x1b[0;36mapp | \x1b[0mtwo\r\n"
	got := make([]byte, 1000)
	n, err := io.ReadAtLeast(master, got, len(want))
	if err != nil {
		t.Fatal(err)
	}
	if string(got[:n]) != want {
		t.Errorf("the terminal shows %q, want %q", got[:n], want)
	}
	if got, _ := os.ReadFile(file); string(got) != "other | three\n" {
		t.Errorf("a file has %q", got)
	}
}

// Somebody who shares nile's standard output may have made it non-blocking.
func TestANonBlockingDestination(t *testing.T) {
	eachDestination(t, func(t *testing.T, h *host) {
		if err := unix.SetNonblock(h.options.Stdout, true); err != nil {
			t.Fatal(err)
		}
		p := h.start("app", 1, Config{Mode: Prefix}, "lines 50000")
		until(t, "a full destination", func() bool { return h.Counts()["app"][Stdout].Lines > 0 && h.queuedFor() > 0 })
		h.read()
		p.wait()
		out, _ := h.finish()
		if got := strings.Count(out, "\n"); got != 50000 {
			t.Errorf("%d lines came", got)
		}
	})
}

// A kernel or a seccomp filter that doesn't know how to write without blocking.
func TestWithoutWritesThatDoNotBlock(t *testing.T) {
	h := newHost(t, Options{})
	h.feed("app", 1, Config{Mode: Prefix}, []byte("one\n"))
	h.ask(func() { h.own[Stdout].direct = unsupported{} })
	h.run("app", 2, Config{Mode: Prefix}, "lines 20000")
	var direct nonBlocking
	h.ask(func() { direct = h.own[Stdout].direct })
	if out, _ := h.finish(); strings.Count(out, "\n") != 20001 || direct != nil {
		t.Errorf("%d lines came; tried again: %t", strings.Count(out, "\n"), direct != nil)
	}
}

type unsupported struct{}

func (unsupported) writeNow([]byte) (int, error) { return 0, unix.EOPNOTSUPP }

// nile's own log goes to standard error by itself, in lines.
func TestLinesOnStandardErrorAreNotTornByNilesOwn(t *testing.T) {
	for _, kind := range []string{"pipe", "FIFO"} {
		t.Run(kind, func(t *testing.T) {
			h := &host{t: t, readers: []*reader{newReader(t), destinations[kind](t)}}
			h.manage(Options{Stdout: int(h.readers[0].writeEnd.Fd()), Stderr: int(h.readers[1].writeEnd.Fd())})
			p := h.start("app", 1, Config{Mode: Prefix}, "alternate 60000")
			until(t, "a full pipe", func() (full bool) {
				h.ask(func() { full = len(h.own[Stderr].paused) > 0 })
				return full
			})
			const own = "nile: says something\n"
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 5000 {
					write(h.options.Stderr, own)
				}
			}()
			h.read()
			p.wait()
			<-done
			_, out := h.finish()
			for line := range strings.Lines(out) {
				if line != own && (!strings.HasPrefix(line, "app | line ") || strings.Count(line, "app") > 1 || strings.Contains(line, "nile")) {
					t.Fatalf("a torn line: %q", line)
				}
			}
			if lines := strings.Count(out, "\n"); lines != 30000+5000 {
				t.Errorf("%d lines came", lines)
			}
		})
	}
}

func TestAPanicLosesNobodyElsesOutput(t *testing.T) {
	h := newHost(t, Options{})
	files, err := h.Open("app", 1, Config{Mode: Prefix})
	if err != nil {
		t.Fatal(err)
	}
	write(files.Stdout, "one\n")
	files.Close()
	h.Ended("app", 1, func(Drained) { panic(errors.New("oh")) })
	if d := h.feed("other", 1, Config{Mode: Prefix}, []byte("two\n")); string(d.LogTail) != "two\n" {
		t.Errorf("the other's log ends with %q", d.LogTail)
	}
	if out, _ := h.finish(); out != "app | one\nother | two\n" {
		t.Errorf("passed on: %q", out)
	}
	if said := h.said(); len(said) != 1 || !strings.HasPrefix(said[0], "internal error while passing on output: oh") {
		t.Errorf("it was said %q", said)
	}
}
