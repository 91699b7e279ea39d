package postmortem

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// 500 crashes in a row leave no more than the last reports, and no descriptors.
func TestFiveHundredCrashes(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	c := NewCollector(Options{Dir: state, Trouble: func(err error) { t.Error(err) }})
	one := func(n int) {
		put(t, filepath.Join(dir, fmt.Sprintf("hs_err_pid%d.log", n)), strings.Repeat("#\n", 10_000))
		c.Crash(crash(dir, "app", n))
		if !c.Close(time.Minute) {
			t.Fatal("a report takes longer than a minute")
		}
	}
	for n := range 20 {
		one(n)
	}
	descriptors, before := openDescriptors(t), heap()
	for n := 20; n < 500; n++ {
		one(n)
	}
	if after := openDescriptors(t); after > descriptors {
		t.Errorf("%d descriptors are open, before it were %d", after, descriptors)
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("%d bytes are held, before it were %d", after, before)
	}
	if list, err := c.Store().List(""); err != nil || len(list) != DefaultKeep || !strings.HasSuffix(list[0].ID, "-499") {
		t.Errorf("%v, %+v", err, list)
	}
	if got := tree(t, dir); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
	if got := len(strings.Split(tree(t, state), "\n")); got > 4*DefaultKeep {
		t.Errorf("%d files are kept", got)
	}
}

// Crashes that come faster than reports can be made are counted. What is held is reported
// whatever comes after it, and so is the latest.
func TestCrashesThatComeTooFast(t *testing.T) {
	var reports []*Report
	c := NewCollector(Options{Dir: t.TempDir(), Reported: func(r *Report) { reports = append(reports, r) }})
	hold := make(chan struct{})
	slow := crash(t.TempDir(), "slow", 0)
	slow.Output = func() (Output, bool) { <-hold; return Output{}, false }
	c.Crash(slow)
	for n := range 100 {
		f := crash(t.TempDir(), "app", n)
		f.Capture.Held = n == 30
		c.Crash(f)
	}
	close(hold)
	if !c.Close(time.Minute) {
		t.Fatal("the reports take longer than a minute")
	}
	all, restarts := "", map[int]bool{}
	for _, r := range reports {
		all += strings.Join(r.Notes, "\n")
		restarts[r.Restarts] = true
	}
	if !restarts[30] || !restarts[99] {
		t.Errorf("of the crashes reported, %v, one must be the 30th, which is held, and one the last", restarts)
	}
	if len(reports) > maxQueued+1 || !strings.Contains(all, "crashes before this one came too fast") {
		t.Errorf("%d reports, %s", len(reports), all)
	}
}

// nile's end does not wait for ever for a report.
func TestEndDoesNotWaitForEver(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	c := NewCollector(Options{Dir: t.TempDir()})
	if !c.Close(time.Hour) {
		t.Error("without a crash there is nothing to wait for")
	}
	stuck := crash(t.TempDir(), "stuck", 0)
	stuck.Output = func() (Output, bool) { <-hold; return Output{}, false }
	c.Crash(stuck)
	if c.Close(time.Millisecond) {
		t.Error("a report that is stuck counts as whole")
	}
}

// A panic while a report is made is told; nile and the next report go on.
func TestPanicInAReport(t *testing.T) {
	bad := crash(t.TempDir(), "bad", 0)
	bad.Output = func() (Output, bool) { panic("at the disco") }
	said := ""
	_, r := collect(t, Options{Dir: t.TempDir(), Trouble: func(err error) { said += err.Error() }}, bad, crash(t.TempDir(), "app", 0))
	if r.Container != "app" || !strings.Contains(said, "at the disco") {
		t.Errorf("%s, %q", r.Container, said)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A disk that hangs while the store is opened holds up nobody who tells of a crash: that
// is the event loop.
func TestCrashesAreTakenWhileTheDiskHangs(t *testing.T) {
	c, begun, release := NewCollector(Options{Dir: t.TempDir()}), make(chan struct{}), make(chan struct{})
	go c.opening.Do(func() {
		close(begun)
		<-release
		c.store, _ = Open(c.options.Dir)
	})
	<-begun
	told := make(chan struct{})
	go func() {
		defer close(told)
		for n := range 3 {
			c.Crash(crash(t.TempDir(), "app", n))
		}
	}()
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Error("telling of a crash waits for the disk")
	}
	close(release)
	if !c.Close(time.Minute) {
		t.Error("the reports are never made")
	}
	if list, err := c.Store().List(""); err != nil || len(list) != 3 {
		t.Errorf("%v, %+v", err, list)
	}
}
