package faults

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// always is a pod of two: what is broken, and what nile has to go on with.
func always(broken string) string {
	return `  restartPolicy: Always
  terminationGracePeriodSeconds: 2
  nile: {backoff: {initial: 100ms, max: 200ms}}
  containers:
  - name: steady
    command: [ACTOR, steady]
  - name: broken
    command: [` + broken + "]\n"
}

// once is the same with a broken container that is not started again.
func once(broken string) string { return always(broken) + "    restartPolicy: Never\n" }

// TestFiveThousandOrphans end at once.
func TestFiveThousandOrphans(t *testing.T) {
	p := start(t, always("ACTOR, orphans, '5000', '5000'"), options{})
	p.awaitOutput("all orphans are made")
	p.await("no zombie is left", func() bool { return p.zombies() == 0 })
	p.holds("steady")
	p.end(143)
}

// TestDoubleForker is a daemon in a session of its own: nobody's child any more, it is ended
// with the container that it came from.
func TestDoubleForker(t *testing.T) {
	p := start(t, once("ACTOR, daemon"), options{})
	p.awaitWords("behind") // its child has ended by then, or ends just now
	p.holds("steady")
	p.end(143)
}

// TestIgnoresTERM ends after its grace, by SIGKILL.
func TestIgnoresTERM(t *testing.T) {
	p := start(t, always("ACTOR, stubborn"), options{})
	p.awaitOutput("stubborn is here")
	p.holds("steady")
	p.end(143)
	if !strings.Contains(p.stderr.String(), "SIGKILL") {
		t.Error("nile does not say that it sent SIGKILL")
	}
}

// TestStoppedChild is stopped by SIGSTOP: it takes SIGTERM only when it goes on, and nile
// kills it when its grace is over.
func TestStoppedChild(t *testing.T) {
	p := start(t, always("ACTOR, sleep"), options{})
	if err := syscall.Kill(p.outside(p.running("broken").PID), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.holds("steady")
	p.end(143)
}

// TestGigabyteWithoutNewline is passed on whole, and takes no gigabyte of memory.
func TestGigabyteWithoutNewline(t *testing.T) {
	const size = 1 << 30
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	p := start(t, always("ACTOR, endless, '"+strconv.Itoa(size)+"'"), options{stdout: null})
	p.awaitWords("all is printed")
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid1()), "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if kib, _ := strconv.Atoi(strings.Fields(rest)[0]); kib == 0 || kib > 100<<10 {
		t.Errorf("nile took %d KiB at most", kib)
	}
	p.holds("steady")
	p.end(143)
}
