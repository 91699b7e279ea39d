package loop

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/reaper"
	"github.com/nile-init/nile/supervisor"
)

func TestPodLivesAndEndsInOrder(t *testing.T) {
	sidecar := container("logs")
	sidecar.Sidecar = true
	spec := &supervisor.Spec{
		Init: []supervisor.Container{container("war", "1s"), sidecar}, Grace: 5 * time.Second,
		Main: []supervisor.Container{container("tomcat", "stubborn"), container("nginx")},
	}
	k, result := run(t, spec, func(k *fakeKernel) {
		k.after(10*time.Second, func() { k.queue.send(syscall.SIGTERM) })
	})
	expectLog(t, k,
		"0s start war", "1s start logs", "1s start tomcat", "1s start nginx",
		"10s SIGTERM to tomcat", "10s SIGTERM to nginx",
		"15s SIGTERM to logs", "15s SIGKILL to tomcat",
	)
	if result.Code != 137 {
		t.Errorf("exit code %d, want 137: tomcat had to be killed", result.Code)
	}
}

func TestStartIsTriedAgainWhenThereIsNoRoom(t *testing.T) {
	full := &reaper.StartError{Op: "fork", Path: "main", Err: syscall.EAGAIN}
	spec := &supervisor.Spec{RestartPolicy: supervisor.RestartNever, Main: []supervisor.Container{container("main", "1s")}}
	k, result := run(t, spec, func(k *fakeKernel) {
		k.refuse["main"] = []error{full, full, full}
	})
	expectLog(t, k, "0s start main fails", "100ms start main fails", "300ms start main fails", "700ms start main")
	if result.Code != 0 {
		t.Errorf("exit code %d, want 0", result.Code)
	}
}

func TestBackoffCountsFromTheEndOfTheRun(t *testing.T) {
	spec := &supervisor.Spec{Main: []supervisor.Container{container("main", "1s")}}
	k, _ := run(t, spec, func(k *fakeKernel) {
		k.after(80*time.Second, func() { k.queue.send(syscall.SIGTERM) })
	})
	expectLog(t, k, "0s start main", "1s start main", "12s start main", "33s start main", "1m14s start main")
}

// However many trees are to be killed at a time, the process table is looked at once.
func TestTreesAreKilledTogether(t *testing.T) {
	spec := &supervisor.Spec{Grace: 5 * time.Second}
	for i := range 20 {
		spec.Main = append(spec.Main, container(fmt.Sprintf("c%d", i), "stubborn"))
	}
	k, _ := run(t, spec, func(k *fakeKernel) {
		k.after(time.Second, func() { k.queue.send(syscall.SIGTERM) })
	})
	if !slices.Equal(k.batches, []int{20}) {
		t.Errorf("killed in batches of %d, want all 20 at once", k.batches)
	}
}

// failing is a machine that has lost its mind after so many events.
type failing struct {
	*supervisor.Machine
	after int
}

func (f *failing) Step(now time.Time, event supervisor.Event) []supervisor.Action {
	if f.after--; f.after < 0 {
		panic("the machine is broken")
	}
	return f.Machine.Step(now, event)
}

// Of the ends that are reaped together none is lost when the first one breaks the machine.
func TestPanicAmidSeveralEnds(t *testing.T) {
	spec := &supervisor.Spec{Main: []supervisor.Container{container("one"), container("two")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		l := newLoop(spec, &failing{supervisor.New(*spec), 3}, Options{Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {}})
		k.after(time.Second, func() {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.endLocked(101, syscall.WaitStatus(0))
			k.endLocked(102, syscall.WaitStatus(7<<8))
		})
		if result := l.run(); result.Code != 7 || time.Since(k.begin) != time.Second {
			t.Errorf("exit code %d after %s, want 7 at once", result.Code, time.Since(k.begin))
		}
	})
}

func TestPanicInTheMachineLeavesAPlainInit(t *testing.T) {
	sidecar := container("logs")
	sidecar.Sidecar = true
	spec := &supervisor.Spec{Init: []supervisor.Container{sidecar}, Main: []supervisor.Container{container("main")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		var told []string
		l := newLoop(spec, &failing{supervisor.New(*spec), 3}, Options{
			Kernel: k, Signals: k.queue,
			Note: func(n supervisor.Note) { told = append(told, n.Why) },
		})
		k.after(time.Second, func() { k.queue.send(syscall.SIGHUP) })    // the event that breaks it
		k.after(2*time.Second, func() { k.queue.send(syscall.SIGUSR1) }) // still passed on
		k.after(3*time.Second, func() { k.end(102, syscall.WaitStatus(7<<8)) })
		result := l.run()
		expectLog(t, k, "0s start logs", "0s start main", "1s SIGHUP to logs", "1s SIGHUP to main", "2s SIGUSR1 to logs", "2s SIGUSR1 to main", "3s SIGTERM to logs")
		if result.Code != 7 {
			t.Errorf("exit code %d, want main's 7", result.Code)
		}
		if !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, "internal error: the machine is broken") }) {
			t.Errorf("nothing was said of the internal error: %q", told)
		}
	})
}
