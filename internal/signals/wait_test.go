//go:build amd64 || arm64

package signals_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A wait holds up no collection of garbage, even where the runtime may not interrupt it.
func TestGarbageIsCollectedDuringAWait(t *testing.T) {
	t.Setenv("GODEBUG", "asyncpreemptoff=1")
	each(t, func(t *testing.T, b build) {
		if got := b.output(t, "collect"); got != "true 20" {
			t.Errorf("printed %q, want true 20", got)
		}
	})
}

func TestAFilterThatRefusesToWaitIsAnError(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		l := b.start(t, "refused")
		text, _ := l.stderr.ReadString(0)
		l.cmd.Wait()
		if code := l.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(text, "ppoll(2) is refused: operation not permitted: allow it in the seccomp profile") {
			t.Errorf("it ended with code %d and said %q, want 1 and why it cannot wait", code, text)
		}
	})
}

// What the kernel keeps once, whatever the number of times it was sent, is not lost when
// the pipe is full.
func TestNoStandardSignalIsLostInAFlood(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		if b.entry {
			t.Skip("real-time signals wait in the kernel there, and do not fill the pipe")
		}
		const count, most = 50_000, 43_690 // 1 MiB of records of 24 bytes
		l := b.start(t, "asleep").ready()
		for value := range uint64(count) {
			l.queue(50, value)
		}
		l.handled() // standard signals would overtake what is pending, and find room
		last := []int{int(syscall.SIGTERM), int(syscall.SIGUSR1), int(syscall.SIGUSR1), int(syscall.SIGHUP)}
		for _, num := range last {
			l.kill(num)
		}
		lines := l.rest()
		arrived, dropped := lines[:len(lines)-1], 0
		fmt.Sscanf(lines[len(lines)-1], "dropped %d", &dropped)
		others := slices.DeleteFunc(slices.Clone(arrived), func(line string) bool { return strings.HasPrefix(line, "50 ") })
		if want := []string{"1 0 0 0 0", "10 0 0 0 0", "15 0 0 0 0"}; !slices.Equal(others, want) {
			t.Errorf("arrived beside the flood: %q, want %q", others, want)
		}
		if len(arrived)-len(others)+dropped != count || dropped < count-most {
			t.Errorf("%d of the flood arrived and %d were counted as lost, of %d", len(arrived)-len(others), dropped, count)
		}
	})
}

// handled waits until no signal is pending for the process.
func (l *listener) handled() {
	l.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
		if err != nil || time.Now().After(deadline) {
			l.t.Fatalf("signals are still pending: %v\n%s", err, status)
		}
		if strings.Contains(string(status), "ShdPnd:\t0000000000000000") {
			return
		}
	}
}

// Each signal comes about when the short wait ends that begins a wait.
func TestNoSignalIsLostAsTheShortWaitEnds(t *testing.T) {
	each(t, func(t *testing.T, b build) {
		const count = 400
		l := b.start(t, "listen").ready()
		for value := range uint64(count) {
			l.queue(50, value)
			time.Sleep(5*time.Millisecond + time.Duration(value%50)*2*time.Microsecond)
		}
		l.kill(int(syscall.SIGTERM))
		arrived := slices.DeleteFunc(l.rest(), func(line string) bool { return !strings.HasPrefix(line, "50 ") })
		if len(arrived) != count {
			t.Errorf("%d of %d signals arrived", len(arrived), count)
		}
	})
}
