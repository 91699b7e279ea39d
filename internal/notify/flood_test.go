package notify

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// A process that talks without end, sends rubbish, what is too long, and all the descriptors
// that it can: it is listened to in few goes, what matters is heard, and nothing of all that
// stays with nile.
func TestAFloodIsBounded(t *testing.T) {
	source, err := socket(t)
	before := descriptors(t)
	wakes := 0
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, source: source, woken: make(chan struct{}, 1)}
	source.Begin(os.Getpid(), supervisor.NotifyMain, func() {
		wakes++
		select {
		case l.woken <- struct{}{}:
		default:
		}
	})
	const many = 2_000
	var limit syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		fd := dial(source.Address)
		defer syscall.Close(fd)
		null, _ := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		defer syscall.Close(null)
		all := make([]int, 253) // SCM_MAX_FD
		for i := range all {
			all[i] = null
		}
		long, rubbish := strings.Repeat("x", 60_000), string([]byte{0xff, 0, '\n', '=', 0xfe})
		for i := range many {
			var err error
			switch {
			case i%50 == 0: // 40 times 253 descriptors
				err = syscall.Sendmsg(fd, []byte("FDSTORE=1"), syscall.UnixRights(all...), nil, 0)
			case i%100 == 1:
				err = syscall.Sendto(fd, []byte(long), 0, nil)
			case i%10 == 2:
				err = syscall.Sendto(fd, []byte(rubbish), 0, nil)
			default:
				err = syscall.Sendto(fd, fmt.Appendf(nil, "STATUS=%d\nWATCHDOG=1", i), 0, nil)
			}
			if err != nil {
				panic(err)
			}
		}
		_ = syscall.Sendto(fd, []byte("READY=1"), 0, nil)
	}()
	l.wait(l.ready)
	<-sent
	l.keep(source.Close())
	if after := descriptors(t); after != before-1 { // the socket itself
		t.Errorf("%d descriptors are open, were %d with the socket", after, before)
	}
	if wakes > many/5 || len(l.heard) > many/5 {
		t.Errorf("%d datagrams woke %d times and became %d events", many, wakes, len(l.heard))
	}
	if len(l.told) != 2 { // one for all that is not understood, one for all that is not stored
		t.Errorf("told %q", l.told)
	}
	t.Logf("%d datagrams, %d wakes, %d events", many, wakes, len(l.heard))
}

func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("there is no /proc")
	}
	return len(list)
}

// sd_notify_barrier(3): who waits goes on when all before has been taken in, not earlier.
func TestABarrierWaitsUntilAllIsTakenIn(t *testing.T) {
	source, err := socket(t)
	if err != nil {
		t.Fatal(err)
	}
	woken := make(chan struct{}, 1)
	source.Begin(os.Getpid(), supervisor.NotifyMain, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	defer source.Close()
	fd := dial(source.Address)
	defer syscall.Close(fd)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	send(t, fd, "READY=1")
	send(t, fd, "BARRIER=1", int(write.Fd()))
	_ = write.Close()
	ready := false
	for arrived := false; !arrived; {
		<-woken
		source.mu.Lock()
		ready = len(source.heard.Events) > 0 && source.heard.Events[0].Ready
		arrived = len(source.heard.barriers) > 0
		source.mu.Unlock()
	}
	_ = read.SetReadDeadline(time.Now())
	if _, err := read.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("the barrier is over before anything has been taken in: %v", err)
	}
	heard := source.Take()
	heard.Done()
	_ = read.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := read.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the barrier is not over: %v", err)
	}
	if !ready {
		t.Error("what was said before the barrier was not heard before it")
	}
}
