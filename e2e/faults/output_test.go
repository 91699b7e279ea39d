package faults

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestStandardOutputClosed: whoever read it has gone. What is printed is lost; nothing else.
func TestStandardOutputClosed(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, always("ACTOR, lines, '1000'"), options{stdout: writer})
	writer.Close()
	p.running("broken")
	reader.Close()
	p.holds("steady")
	p.end(143)
}

// TestStandardOutputBlocked: nobody reads for a while. Children wait, nile does not; and when
// somebody reads again nothing is missing.
func TestStandardOutputBlocked(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	const count = 3000
	p := start(t, always(fmt.Sprintf("ACTOR, lines, '%d'", count)), options{stdout: writer})
	writer.Close()
	p.running("broken")
	blocked := time.Now()
	for time.Since(blocked) < length(5*time.Second, time.Minute) {
		p.holds("steady")
	}
	next := 0
	for scanner := bufio.NewScanner(reader); next < count && scanner.Scan(); {
		var number int
		if _, line, found := strings.Cut(scanner.Text(), "line "); found {
			if _, err := fmt.Sscan(line, &number); err != nil || number != next {
				t.Fatalf("line %d where %d should be", number, next)
			}
			next++
		}
	}
	go func() {
		for b := make([]byte, 1<<16); ; {
			if _, err := reader.Read(b); err != nil {
				return
			}
		}
	}()
	if next != count {
		t.Errorf("%d lines of %d arrived", next, count)
	}
	p.holds("steady")
	p.end(143)
}

// TestTerminalGoesAway: the terminal hangs up, and nile is no part of it: the pod goes on.
func TestTerminalGoesAway(t *testing.T) {
	master, terminal := openTerminal(t)
	p := start(t, always("ACTOR, sleep"), options{stdout: terminal, stderr: terminal})
	terminal.Close()
	p.running("broken")
	master.Close()
	p.holds("steady")
	p.end(143)
}

// openTerminal makes a terminal, ptmx(4).
func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs pseudo terminals: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return master, terminal
}
