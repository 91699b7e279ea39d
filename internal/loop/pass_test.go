package loop

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// A signal that the queue has passed on is not sent again; one that something is to be
// made of is left to the machine.
func TestSignalsArePassedOnOnce(t *testing.T) {
	spec := &supervisor.Spec{
		Forward: true, RestartPolicy: supervisor.RestartNever, Main: []supervisor.Container{container("main")},
		Signals: map[int]int{int(syscall.SIGHUP): int(syscall.SIGUSR2), int(syscall.SIGWINCH): 0},
		Wrap:    supervisor.Wrap{Delays: map[int]time.Duration{int(syscall.SIGQUIT): time.Hour}, Suspend: true},
	}
	k, _ := run(t, spec, func(k *fakeKernel) {
		k.after(time.Second, func() {
			for _, num := range []syscall.Signal{
				syscall.SIGUSR1, syscall.SIGHUP, syscall.SIGWINCH, syscall.SIGQUIT, syscall.SIGQUIT, syscall.SIGINT,
			} {
				k.pass(num)
				synctest.Wait()
			}
			k.end(101, 0)
		})
	})
	expectLog(t, k, "0s start main", "1s SIGUSR1 passed to main", "1s SIGUSR2 to main", "1s SIGQUIT to main", "1s SIGINT passed to main")
	if k.queue.target != 0 {
		t.Errorf("signals still go to process %d, which has been reaped", k.queue.target)
	}
	if set := passable(spec); set.Has(int(syscall.SIGTSTP)) {
		t.Error("SIGTSTP is passed on though nile is to stop itself on it")
	}
}

// What a signal has brought about is told after the signal.
func TestASignalIsToldBeforeTheEndThatItCaused(t *testing.T) {
	spec := &supervisor.Spec{Forward: true, RestartPolicy: supervisor.RestartNever, Main: []supervisor.Container{container("main")}}
	var told []string
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		k.after(time.Second, func() {
			k.pass(syscall.SIGUSR1)
			k.end(101, syscall.WaitStatus(syscall.SIGUSR1))
		})
		Run(spec, Options{Kernel: k, Signals: k.queue, Note: func(n supervisor.Note) { told = append(told, n.Why) }})
	})
	at := slices.Index(told, "passing on SIGUSR1")
	if end := slices.IndexFunc(told, func(s string) bool { return strings.Contains(s, "ended by SIGUSR1") }); at < 0 || end < at {
		t.Errorf("told: %q", told)
	}
}

// A group may lose its leader, and a pod has more than one process.
func TestOnlyTheWrappedProcessGetsSignalsPassed(t *testing.T) {
	for name, spec := range map[string]*supervisor.Spec{
		"group": {Forward: true, Wrap: supervisor.Wrap{Scope: supervisor.ScopeGroup}},
		"pod":   {},
	} {
		spec.RestartPolicy, spec.Main = supervisor.RestartNever, []supervisor.Container{container("main")}
		k, _ := run(t, spec, func(k *fakeKernel) {
			k.after(time.Second, func() { k.pass(syscall.SIGTERM) })
		})
		if want := []string{"0s start main", "1s SIGTERM to main"}; len(k.log) != 2 || k.log[1] != want[1] {
			t.Errorf("%s: what happened: %q, want %q", name, k.log, want)
		}
	}
}

// After an internal error main still gets each signal once.
func TestAPlainInitSendsWhatHasNotBeenPassed(t *testing.T) {
	spec := &supervisor.Spec{Forward: true, Main: []supervisor.Container{container("main")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		l := newLoop(spec, &failing{supervisor.New(*spec), 2}, Options{Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {}})
		for i, num := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2} {
			k.after(time.Duration(i+1)*time.Second, func() { k.pass(num) })
		}
		k.after(3*time.Second, func() { k.end(101, 0) })
		l.run()
		expectLog(t, k, "0s start main", "1s SIGUSR1 passed to main", "2s SIGUSR2 passed to main")
	})
}
