//go:build amd64 || arm64

package signals_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

var rounds = flag.Int("rounds", 1, "how often each signal is sent to a listener that is starting")

// Whatever moment of the start a signal hits, from the first instruction on, it is
// neither lost nor does it end the program.
func TestNoSignalIsLostWhileTheProgramStarts(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if !b.entry {
			t.Skip("only with the entry point")
		}
		for range *rounds {
			for _, num := range catchable() {
				for _, blocked := range []bool{true, false} {
					if line := b.hit(t, num, blocked); !strings.HasPrefix(line, fmt.Sprint(num, " ")) {
						t.Errorf("signal %d (launcher had blocked it: %v) arrived as %q", num, blocked, line)
					}
				}
			}
		}
	})
}

// hit sends a signal at a random moment of the listener's start and returns what it
// printed. If the launcher blocks all signals, that moment may be the very first;
// otherwise it is once the handlers are there.
func (b build) hit(t *testing.T, num int, blocked bool) string {
	var l *listener
	if blocked {
		withAllBlocked(func() { l = b.start(t, "late") })
	} else {
		l = b.start(t, "late")
		l.awaitHandlers()
	}
	moment := time.Now().Add(time.Duration(rand.IntN(2000)) * time.Microsecond)
	for time.Now().Before(moment) {
		runtime.Gosched()
	}
	l.kill(num)
	line := l.line()
	if rest := l.rest(); !slices.Equal(rest, []string{"dropped 0"}) {
		t.Errorf("after signal %d: %q", num, rest)
	}
	l.cmd.Wait()
	return line
}

// withAllBlocked calls start on a thread with all signals blocked, which a child
// inherits.
func withAllBlocked(start func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all, old := ^uint64(0), uint64(0)
	setMask(&all, &old)
	defer setMask(&old, nil)
	start()
}

func setMask(mask, old *uint64) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(mask)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
}

// awaitHandlers waits until the entry point has installed the handlers.
func (l *listener) awaitHandlers() {
	l.t.Helper()
	for range 100_000 {
		if l.status("SigCgt")>>63 == 1 {
			return
		}
	}
	l.t.Fatal("the listener has no handlers")
}

func (l *listener) status(name string) (value uint64) {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
	_, text, _ := strings.Cut(string(data), "\n"+name+":")
	fmt.Sscanf(text, "%x", &value)
	return value
}

func TestTheLimitOfOpenFilesAndTheSignalsAreThoseOfTheLauncher(t *testing.T) {
	var hard syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &hard)
	each(t, func(t *testing.T, b build) {
		got := b.output(t, "launch", "2,11,13,17,22", "4,15,21", "500", "-", b.path, "state")
		want := fmt.Sprint("true 2,11,13,17,22 4,15,21 500 ", hard.Max, " true false false false")
		if !b.entry {
			// The runtime has changed the rest, see package startstate.
			want = fmt.Sprint("false 2,22 21 500 ", hard.Max, " true false false false")
		}
		if got != want {
			t.Errorf("printed %q, want %q", got, want)
		}
	})
}

func TestClosedDescriptorsAreKnownAndNotTakenByThePipe(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if !b.entry {
			t.Skip("only with the entry point")
		}
		got := b.output(t, "launch", "-", "-", "-", "0", b.path, "state")
		if !strings.HasSuffix(got, " true false false") {
			t.Errorf("printed %q, want descriptor 0 closed", got)
		}
		l := b.start(t, "launch", "-", "-", "-", "0", b.path, "asleep").ready()
		if got := l.line(); got != "dropped 0" { // its stdin is /dev/null now
			t.Errorf("printed %q, want \"dropped 0\"", got)
		}
	})
}

func TestReleaseMakesAnOrdinaryProgram(t *testing.T) {
	byName := map[string]string{}
	for _, b := range builds {
		byName[b.name] = b.output(t, "launch", "1,2,13,22", "10,15,21", "-", "-", b.path, "status")
	}
	for name, status := range byName {
		if plain := byName[strings.Replace(name, "entry", "plain", 1)]; status != plain {
			t.Errorf("%s has the signals\n%s\nwithout the entry point they are\n%s", name, status, plain)
		}
	}
}

func TestReleaseDeliversWhatHasArrived(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if !b.entry || b.pid1 { // a PID 1 is not ended by a signal without a handler
			t.Skip("only with the entry point")
		}
		for _, num := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM} {
			l := b.start(t, "release")
			l.awaitHandlers()
			l.kill(int(num))
			if line := l.line(); line != "" {
				t.Errorf("signal %d: it printed %q", num, line)
			}
			l.cmd.Wait()
			if status := l.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != num {
				t.Errorf("signal %d: it ended with %v", num, l.cmd.ProcessState)
			}
		}
	})
}

func TestReleasedSignalsAreForPackageSignal(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "notify")
		if line := l.line(); line != "ready" {
			t.Fatalf("it printed %q", line)
		}
		for _, num := range []int{1, 10, 15, 18, 20, 28, 40} {
			l.kill(num)
			if got := l.line(); got != fmt.Sprint(num) {
				t.Errorf("signal %d arrived as %q", num, got)
			}
		}
	})
}
