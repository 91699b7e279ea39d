package loop

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/supervisor"
)

// held runs a pod whose main fails after a second and leaves a stray; use may ask for
// things while it is held, and SIGTERM ends it a minute later.
func held(t *testing.T, use func(h *Handle, k *fakeKernel)) (k *fakeKernel, result Result, commands [][]string) {
	t.Helper()
	spec := &supervisor.Spec{
		Hold: supervisor.Hold{OnFailure: supervisor.FailureHold},
		Main: []supervisor.Container{container("main")},
	}
	spec.Main[0].Process.Env = []string{"A=1", "B=2"}
	synctest.Test(t, func(t *testing.T) {
		k = newFakeKernel(t)
		result = Run(spec, Options{
			Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {},
			Crash: func(f *postmortem.Facts) {
				c := &f.Capture
				k.say("captured %s#%d with %d strays, held: %v", c.Name, c.Gen, k.Strays("main#1"), c.Held)
				commands = append(commands, slices.Concat(f.Process.Argv, f.Process.Env))
			},
			Started: func(h *Handle) {
				k.after(time.Second, func() {
					k.strays["main#1"] = 1
					k.end(101, syscall.WaitStatus(3<<8))
				})
				k.after(2*time.Second, func() { use(h, k) })
				k.after(time.Minute, func() { k.queue.send(syscall.SIGTERM) })
			},
		})
	})
	return k, result, commands
}

func TestHoldKeepsTheSceneUntilTheEnd(t *testing.T) {
	k, result, _ := held(t, func(_ *Handle, k *fakeKernel) { k.say("%d strays", k.strays["main#1"]) })
	expectLog(t, k, "0s start main", "1s captured main#1 with 1 strays, held: true", "2s 1 strays")
	if result.Code != 3 || len(k.strays) > 0 {
		t.Errorf("exit code %d, want 3; strays at the end: %v", result.Code, k.strays)
	}
}

// A retry ends what was left behind, and is for one run what the operator asks for: the
// command itself stays as it is.
func TestRetryWithAnotherCommand(t *testing.T) {
	var retried, restarted []string
	k, _, reported := held(t, func(h *Handle, k *fakeKernel) {
		override := &supervisor.Override{Args: []string{"-v"}, Env: []string{"B=3", "C=4"}}
		reply, err := h.Do(context.Background(), supervisor.Command{Verb: supervisor.VerbRetry, Name: "main", Override: override})
		if err != nil || reply.Refusal != "" {
			t.Errorf("the retry is answered by %+v, %v", reply, err)
		}
		synctest.Wait()
		c := k.live[102].command
		retried = slices.Concat(c.Argv, c.Env)
		k.end(102, syscall.WaitStatus(1<<8))
		synctest.Wait()
		if reply, err := h.Do(context.Background(), supervisor.Command{Verb: supervisor.VerbRetry}); err != nil || reply.Refusal != "" {
			t.Errorf("the second retry is answered by %+v, %v", reply, err)
		}
		synctest.Wait()
		c = k.live[103].command
		restarted = slices.Concat(c.Argv, c.Env)
	})
	if want := []string{"main", "-v", "A=1", "B=3", "C=4"}; !slices.Equal(retried, want) {
		t.Errorf("retried with %q, want %q", retried, want)
	}
	if want := []string{"main", "A=1", "B=2"}; !slices.Equal(restarted, want) {
		t.Errorf("retried again with %q, want %q", restarted, want)
	}
	// A report names what was run, not what the spec says.
	if len(reported) != 2 || !slices.Equal(reported[1], retried) {
		t.Errorf("the reports are about %q", reported)
	}
	expectLog(t, k, "0s start main", "1s captured main#1 with 1 strays, held: true",
		"2s start main", "2s captured main#3 with 0 strays, held: true", "2s start main", "1m0s SIGTERM to main")
}

// lastWake is a queue whose loop does what it is asked, and ends with that.
type lastWake struct {
	*fakeQueue
	loop *loop
}

func (q lastWake) Wake() {
	(<-q.loop.reports).call()
	close(q.loop.over)
}

// A release may be what ends the pod; it is answered all the same.
func TestTheLastCommandIsAnswered(t *testing.T) {
	spec := &supervisor.Spec{Hold: supervisor.Hold{OnFailure: supervisor.FailureHold}, Main: []supervisor.Container{container("main")}}
	for range 20 { // either of two channels that are ready might be taken
		k := newFakeKernel(t)
		l := newLoop(spec, supervisor.New(*spec), Options{Kernel: k, Note: func(supervisor.Note) {}})
		l.Signals = lastWake{k.queue, l}
		l.tell(supervisor.Boot{})
		k.end(101, syscall.WaitStatus(3<<8))
		l.reap()
		reply, err := (&Handle{l}).Do(context.Background(), supervisor.Command{Verb: supervisor.VerbRelease})
		if err != nil || reply.Refusal != "" || l.result == nil {
			t.Fatalf("the release is answered by %+v, %v; the loop has ended: %v", reply, err, l.result != nil)
		}
	}
}

// A main that was held keeps its exit code though the machine breaks.
func TestPanicWhileHeld(t *testing.T) {
	spec := &supervisor.Spec{Hold: supervisor.Hold{OnFailure: supervisor.FailureHold}, Main: []supervisor.Container{container("main")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		l := newLoop(spec, &failing{supervisor.New(*spec), 3}, Options{Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {}})
		k.after(time.Second, func() { k.end(101, syscall.WaitStatus(3<<8)) })
		k.after(2*time.Second, func() { k.queue.send(syscall.SIGHUP) }) // the event that breaks it
		if result := l.run(); result.Code != 3 {
			t.Errorf("exit code %d, want 3", result.Code)
		}
	})
}

func TestLookComesBeforeTheKill(t *testing.T) {
	spec := &supervisor.Spec{Grace: 2 * time.Second, Main: []supervisor.Container{container("main", "stubborn")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		k.after(time.Second, func() { k.queue.send(syscall.SIGTERM) })
		l := newLoop(spec, supervisor.New(*spec), Options{
			Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {}, Crash: func(*postmortem.Facts) {},
		})
		l.takeLook = func(pid int, _ string) postmortem.Look {
			k.say("looked at %d, alive: %v", pid, k.live[pid] != nil)
			return postmortem.Look{}
		}
		l.run()
		expectLog(t, k, "0s start main", "1s SIGTERM to main", "3s looked at 101, alive: true", "3s SIGKILL to main")
	})
}

// A process that hangs in the kernel keeps those waiting who read its command line. That
// must not be the event loop: signals are passed on, and ends are seen, all the same.
func TestASceneThatHangsHoldsUpNobody(t *testing.T) {
	spec := &supervisor.Spec{RestartPolicy: supervisor.RestartAlways, Main: []supervisor.Container{container("main")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		reports, hung := 0, make(chan struct{})
		l := newLoop(spec, supervisor.New(*spec), Options{
			Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {},
			Crash: func(f *postmortem.Facts) {
				if reports++; f.Scene != nil {
					t.Error("a scene that nobody has seen is in the report")
				}
			},
		})
		var looks atomic.Int32
		l.takeScene = func(isOrphan func(int) bool) *postmortem.Scene {
			looks.Add(1)
			<-hung
			return &postmortem.Scene{}
		}
		for n := range 2 {
			k.after(time.Second+time.Duration(n)*time.Minute, func() {
				k.strays[fmt.Sprintf("main#%d", 1+2*n)] = 1
				k.end(101+n, syscall.WaitStatus(3<<8))
			})
		}
		k.after(5*time.Minute, func() { k.queue.send(syscall.SIGTERM) })
		l.run()
		close(hung)
		if reports != 2 || looks.Load() != 1 || time.Since(k.begin) != 5*time.Minute {
			t.Errorf("%d reports, %d looks, and the end after %s", reports, looks.Load(), time.Since(k.begin))
		}
	})
}

// The command of a probe is not kept at its end: nobody would let it go.
func TestProbesAreNotFrozen(t *testing.T) {
	main := container("main", "1m")
	main.Freeze = true
	main.Liveness = &supervisor.Probe{Handler: supervisor.Handler{Exec: []string{"look", "1s"}}, Period: 10 * time.Second, Timeout: 5 * time.Second, FailureThreshold: 3, SuccessThreshold: 1}
	spec := &supervisor.Spec{RestartPolicy: supervisor.RestartNever, Main: []supervisor.Container{main}}
	frozen := map[string]bool{}
	run(t, spec, func(k *fakeKernel) {
		for at := range 100 {
			k.after(time.Duration(at)*500*time.Millisecond, func() {
				k.mu.Lock()
				defer k.mu.Unlock()
				for _, p := range k.live {
					frozen[p.command.Argv[0]] = p.command.Freeze
				}
			})
		}
	})
	if f, probed := frozen["look"]; !frozen["main"] || !probed || f {
		t.Errorf("to be kept at their ends are %v", frozen)
	}
}
