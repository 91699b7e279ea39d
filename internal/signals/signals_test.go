//go:build amd64 || arm64

package signals_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sender is what the listener should say of a signal that this test has sent.
func (b build) sender(num int) string {
	return fmt.Sprint(num, 0, b.self(), os.Getuid(), 0)
}

// self is the process id of this test as the listener sees it.
func (b build) self() int {
	if b.pid1 {
		return 0 // it is outside of the namespace
	}
	return os.Getpid()
}

func TestEachSignalArrivesOnceInOrderWithItsSender(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "listen").ready()
		for _, num := range catchable() {
			l.kill(num)
			got := l.line()
			if num == int(syscall.SIGCHLD) {
				got, _, _ = strings.Cut(got, " ")
				if got != "17" {
					t.Errorf("SIGCHLD arrived as %q", got)
				}
				continue
			}
			if want := b.sender(num); got != want {
				t.Errorf("signal %d arrived as %q, want %q", num, got, want)
			}
		}
		if rest := l.rest(); !slices.Equal(rest, []string{"dropped 0"}) {
			t.Errorf("more arrived than was sent: %q", rest)
		}
	})
}

func TestSignalsSentAtOnceArriveOnceEach(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "listen").ready()
		// While they wait SIGCONT and the signals that stop cancel each other,
		// signal(7), for whomever.
		all := slices.DeleteFunc(catchable(), func(num int) bool {
			return slices.Contains([]int{20, 21, 22}, num)
		})
		for _, num := range all {
			l.kill(num)
		}
		arrived := map[string]int{}
		for range all {
			num, _, _ := strings.Cut(l.line(), " ")
			arrived[num]++
		}
		for _, num := range all {
			if arrived[strconv.Itoa(num)] != 1 {
				t.Errorf("signal %d arrived %d times", num, arrived[strconv.Itoa(num)])
			}
		}
		if rest := l.rest(); !slices.Equal(rest, []string{"dropped 0"}) {
			t.Errorf("more arrived than was sent: %q", rest)
		}
	})
}

func TestRealTimeSignalsAreQueuedWithTheirValues(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		const count = 10
		l := b.start(t, "asleep").ready()
		var want, got []string
		for value := range uint64(count) {
			l.queue(40, value)
			want = append(want, fmt.Sprint(40, -1, b.self(), 0, value))
		}
		lines := l.rest()
		got = append(got, lines[:len(lines)-1]...)
		if !b.entry { // any thread may take them there
			slices.Sort(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("arrived: %q\nwant: %q", got, want)
		}
	})
}

// Go's runtime interrupts goroutines that don't yield by SIGURG.
func TestTheRuntimesOwnSignalsAreNotReported(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "spin").ready()
		time.Sleep(500 * time.Millisecond)
		l.kill(int(syscall.SIGURG))
		if got, want := l.line(), b.sender(int(syscall.SIGURG)); got != want {
			t.Errorf("arrived: %q, want %q alone", got, want)
		}
		if rest := l.rest(); !slices.Equal(rest, []string{"dropped 0"}) {
			t.Errorf("not sent by anybody: %q", rest)
		}
	})
}

func TestFaultsOfTheProgramArePanics(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if got := b.output(t, "recover"); got != strings.Repeat("\nrecovered true", 3)[1:] {
			t.Errorf("a recovered fault printed %q", got)
		}
		l := b.start(t, "crash").ready()
		text, _ := l.stderr.ReadString(0)
		l.cmd.Wait()
		if code := l.cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(text, "nil pointer dereference") {
			t.Errorf("a fault ended with code %d and said %q, want 2 and a panic", code, text)
		}
	})
}

func TestAWriteThatNobodyReadsIsAnErrorAndNoSignal(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		cmd := exec.Command(b.path, "complain")
		if b.pid1 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
		}
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		cmd.Stdout = writer
		cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 7 {
			t.Errorf("it ended with %v, want 7", cmd.ProcessState)
		}
	})
}

// More signals than the pipe has room for: they wait in the kernel as long as they
// are blocked, and are counted where they are lost.
func TestAFloodIsCountedAndLeavesRoomForChildren(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		const count = 5000
		l := b.start(t, "asleep").ready()
		for value := range uint64(count) {
			l.queue(50, value)
		}
		l.kill(int(syscall.SIGCHLD))
		lines := l.rest()
		var dropped int
		fmt.Sscanf(lines[len(lines)-1], "dropped %d", &dropped)
		arrived := len(lines) - 2
		if lines[0] != "17 0 0 0 0" {
			t.Errorf("the first to arrive is %q, want SIGCHLD", lines[0])
		}
		if arrived+dropped != count {
			t.Errorf("%d arrived and %d were counted as lost, of %d", arrived, dropped, count)
		}
		if b.entry && dropped > 0 {
			t.Errorf("%d were lost that could have waited", dropped)
		}
		if arrived < 2500 {
			t.Errorf("only %d arrived", arrived)
		}
	})
}

func TestAStormOfChildrenIsReportedOnceAndLeavesRoom(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "asleep").ready()
		for range 20_000 {
			l.kill(int(syscall.SIGCHLD))
		}
		l.kill(int(syscall.SIGTERM))
		lines := l.rest()
		others := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return line == "17 0 0 0 0" })
		if !slices.Equal(others, []string{b.sender(15), "dropped 0"}) {
			t.Errorf("arrived beside SIGCHLD: %q", others)
		}
		// The last of them may be on its way on another thread.
		if children := len(lines) - len(others); children < 1 || children > 3 {
			t.Errorf("SIGCHLD was reported %d times", children)
		}
	})
}

func TestSignalsArePassedOnAndReported(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "pass")
		if got := l.line(); got != "ready" {
			t.Fatalf("printed %q", got)
		}
		for _, num := range []int{10, 2, 40, 40} {
			l.kill(num)
			// The two print at the same time.
			reported, arrived := l.line(), l.line()
			if strings.HasSuffix(arrived, "passed true") {
				reported, arrived = arrived, reported
			}
			if want := fmt.Sprint(num, " passed true"); reported != want {
				t.Errorf("reported %q, want %q", reported, want)
			}
			if want := fmt.Sprint(num, " 0 "); !strings.HasPrefix(arrived, want) {
				t.Errorf("arrived %q, want %q…", arrived, want)
			}
		}
		for _, num := range []int{1, 12, 10} { // not in the set; 12 ends it
			l.kill(num)
			if got, want := l.line(), fmt.Sprint(num, " passed false"); got != want {
				t.Errorf("reported %q, want %q", got, want)
			}
		}
	})
}

func TestTheDeadlineIsKept(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if got := b.output(t, "timer"); got != "true true\ntrue" {
			t.Errorf("printed %q", got)
		}
	})
}
