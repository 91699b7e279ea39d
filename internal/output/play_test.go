package output

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain plays the processes whose output is read, when told so.
func TestMain(m *testing.M) {
	if script := os.Getenv("OUTPUT_TEST_SCRIPT"); script != "" {
		play(script)
		return
	}
	os.Exit(m.Run())
}

// playing is the environment of a process that plays. The race detector would
// wait a second at its end.
func playing(script string) []string {
	return append(os.Environ(), "OUTPUT_TEST_SCRIPT="+script, "GORACE=atexit_sleep_ms=0")
}

// play carries out steps like "out 5x" that are separated by semicolons.
func play(script string) {
	for step := range strings.SplitSeq(script, ";") {
		verb, argument, _ := strings.Cut(strings.TrimSpace(step), " ")
		number, _ := strconv.Atoi(argument)
		switch verb {
		case "out": // prints to standard output, with \n for a newline
			write(1, strings.ReplaceAll(argument, `\n`, "\n"))
		case "err":
			write(2, strings.ReplaceAll(argument, `\n`, "\n"))
		case "lines": // prints numbered lines
			for i := range number {
				write(1, fmt.Sprintf("line %d\n", i))
			}
		case "alternate": // prints to one and the other
			for i := range number {
				write(1+i%2, fmt.Sprintf("line %d\n", i))
			}
		case "long": // a line of so many bytes, newline included
			write(1, strings.Repeat("x", number-1)+"\n")
		case "kill": // dies on the spot
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case "leave": // leaves a process behind that keeps the streams until its standard input ends
			child := exec.Command(os.Args[0])
			child.Env = playing("await;out " + argument)
			child.Stdin, child.Stdout, child.Stderr = os.NewFile(3, "rope"), os.Stdout, os.Stderr
			if err := child.Start(); err != nil {
				panic(err)
			}
		case "await": // waits for the end of standard input
			_, _ = io.Copy(io.Discard, os.Stdin)
		case "reopen": // changes its user and prints by way of /dev/stdout
			if err := syscall.Setuid(number); err != nil {
				panic(err)
			}
			file, err := os.OpenFile("/proc/self/fd/1", os.O_WRONLY, 0)
			if err != nil {
				write(1, err.Error()+"\n")
				continue
			}
			_, _ = file.WriteString("reopened\n")
		case "blocking": // tells whether its standard output is
			flags, _ := unix.FcntlInt(1, unix.F_GETFL, 0)
			write(1, fmt.Sprintf("blocking %t\n", flags&unix.O_NONBLOCK == 0))
		case "exhaust": // opens streams with few descriptors left
			exhaust()
		case "pod": // a whole manager whose destination can be written no more
			playPod(argument)
		default:
			panic("no such step: " + step)
		}
	}
}

func write(fd int, text string) {
	for p := []byte(text); len(p) > 0; {
		n, err := syscall.Write(fd, p)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			panic(err)
		}
		p = p[n:]
	}
}

// playPod runs a manager in a process of its own, whose signals a test can see.
func playPod(kind string) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGPIPE, syscall.SIGXFSZ)
	c, o := Config{Mode: Prefix}, Options{Report: func(err error) { write(2, err.Error()+"\n") }}
	switch kind {
	case "broken": // standard output is a pipe without a reader
		r, w, _ := os.Pipe()
		r.Close()
		defer w.Close() // not before: the garbage collector would
		o.Stdout = int(w.Fd())
	case "brokenSocket": // a socket, which cannot be written directly
		pair, _ := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		_ = syscall.Close(pair[0])
		o.Stdout = pair[1]
	case "limited": // a file must not grow beyond 8 KiB
		limit := unix.Rlimit{Cur: 8 << 10, Max: 8 << 10}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			panic(err)
		}
		c.File = os.Getenv("OUTPUT_TEST_FILE")
	}
	m := New(o)
	files, err := m.Open("app", 1, c)
	if err != nil {
		panic(err)
	}
	line := append(bytes.Repeat([]byte("x"), 99), '\n')
	for range 200 {
		write(files.Stdout, string(line))
	}
	files.Close()
	if err := m.Close(patience); err != nil {
		panic(err)
	}
	select {
	case got := <-signals:
		write(2, fmt.Sprintf("got %v\n", got))
	default:
		write(2, "no signal\n")
	}
}

// exhaust tells what becomes of Open when there are so many descriptors left.
func exhaust() {
	m := New(Options{})
	if err := m.ensureStarted(); err != nil {
		panic(err)
	}
	// firstFree returns the lowest free number that has n free ones below it.
	firstFree := func(n int) (limit int) {
		var taken []int
		for range n + 1 {
			fd, err := unix.Dup(1)
			if err != nil {
				panic(err)
			}
			limit, taken = fd, append(taken, fd)
		}
		for _, fd := range taken {
			closeDescriptor(fd)
		}
		return limit
	}
	free := firstFree(0)
	for spare := range 5 {
		old := setDescriptorLimit(uint64(firstFree(spare)))
		files, err := m.Open("app", spare, Config{Mode: JSON})
		setDescriptorLimit(old)
		if err != nil {
			write(1, fmt.Sprintf("spare %d: %v; leaked %d\n", spare, err, firstFree(0)-free))
			continue
		}
		files.Close()
		done := make(chan Drained)
		m.Ended("app", spare, func(d Drained) { done <- d })
		<-done
		if err := m.Close(patience); err != nil {
			panic(err)
		}
		write(1, fmt.Sprintf("spare %d: %v; leaked %d\n", spare, err, max(0, firstFree(0)-free)))
	}
}

func setDescriptorLimit(n uint64) (old uint64) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		panic(err)
	}
	// Not by Setrlimit, which Go remembers for the processes that it starts.
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: before.Max}, nil); err != nil {
		panic(err)
	}
	return before.Cur
}
