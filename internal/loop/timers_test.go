package loop

import (
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// A probe that was frozen together with nile, in the middle of its time, has a moment to answer when both go on; one that
// does not answer even then has failed.
func TestProbeIsNotLateBecauseAllWasFrozen(t *testing.T) {
	for _, test := range []struct {
		name, answer string // how long the probe takes, in which it is frozen for some time
		want         []string
	}{
		{"it answers", "3.5s", []string{"0s start main", "0s start look", "10s start look", "10.2s SIGTERM to main"}},
		{"it does not answer", "1h", []string{"0s start main", "0s start look", "4s SIGTERM to main"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			main := container("main")
			main.Liveness = &supervisor.Probe{Handler: supervisor.Handler{Exec: []string{"look", test.answer}}, Period: 10 * time.Second,
				Timeout: time.Second, FailureThreshold: 1, SuccessThreshold: 1}
			k, _ := run(t, &supervisor.Spec{Main: []supervisor.Container{main}}, func(k *fakeKernel) {
				k.after(500*time.Millisecond, func() { k.queue.freeze.Store(int64(2 * time.Second)) })
				k.after(10200*time.Millisecond, func() { k.queue.send(syscall.SIGTERM) })
			})
			for i, want := range test.want {
				if i >= len(k.log) || k.log[i] != want {
					t.Fatalf("what happened:\n%q\nwant it to begin with\n%q", k.log, test.want)
				}
			}
		})
	}
}

// What nile gets ready for its end is got ready once, a moment after the start, whatever comes meanwhile.
func TestIdleIsCalledOnceAfterTheStart(t *testing.T) {
	calls := 0
	k, _ := run(t, &supervisor.Spec{Main: []supervisor.Container{container("main")}}, func(k *fakeKernel) {
		k.idle = func() {
			k.say("idle")
			calls++
		}
		k.after(50*time.Millisecond, func() { k.queue.send(syscall.SIGUSR1) })
		k.after(10*time.Second, func() { k.queue.send(syscall.SIGTERM) })
	})
	expectLog(t, k, "0s start main", "50ms SIGUSR1 to main", "100ms idle", "10s SIGTERM to main")
	if calls != 1 {
		t.Errorf("it was called %d times", calls)
	}
}
