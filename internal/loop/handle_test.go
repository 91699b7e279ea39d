package loop

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// answering is a machine that answers every command, as the real one is to.
type answering struct {
	*supervisor.Machine
	commands []supervisor.Command
}

func (a *answering) Step(now time.Time, event supervisor.Event) []supervisor.Action {
	if c, ok := event.(supervisor.Command); ok {
		a.commands = append(a.commands, c)
		return []supervisor.Action{supervisor.Reply{ID: c.ID, Message: string(c.Verb) + " " + c.Name}}
	}
	return a.Machine.Step(now, event)
}

// withHandle runs a pod of one main under a fake kernel, and use beside it once it
// runs; then the main ends.
func withHandle(t *testing.T, machine func(*supervisor.Machine) stepper, use func(k *fakeKernel, h *Handle)) {
	t.Helper()
	spec := &supervisor.Spec{RestartPolicy: supervisor.RestartNever, Main: []supervisor.Container{container("main", "1h")}}
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKernel(t)
		handles := make(chan *Handle, 1)
		l := newLoop(spec, machine(supervisor.New(*spec)), Options{
			Kernel: k, Signals: k.queue, Note: func(supervisor.Note) {},
			Started: func(h *Handle) { handles <- h },
		})
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			h := <-handles
			use(k, h)
			<-h.loop.over
			if _, err := h.Snapshot(context.Background()); !errors.Is(err, ErrEnded) {
				t.Errorf("after the end a snapshot gives the error %v", err)
			}
		}()
		k.after(time.Minute, func() { k.end(101, 0) })
		l.run()
		<-finished
	})
}

func TestHandleShowsThePodAndTakesCommands(t *testing.T) {
	var machine *answering
	withHandle(t, func(m *supervisor.Machine) stepper {
		machine = &answering{Machine: m}
		return machine
	}, func(k *fakeKernel, h *Handle) {
		ctx := context.Background()
		snapshot, err := h.Snapshot(ctx)
		if err != nil || len(snapshot.Containers) != 1 || snapshot.Containers[0].State != supervisor.Running {
			t.Errorf("snapshot %+v, error %v", snapshot, err)
		}
		for range 3 {
			reply, err := h.Do(ctx, supervisor.Command{ID: 99, Verb: supervisor.VerbStop, Name: "main"})
			if err != nil || reply.Message != "stop main" {
				t.Errorf("reply %+v, error %v", reply, err)
			}
		}
		if c, ok, err := h.Command(ctx, "main"); err != nil || !ok || c.Argv[0] != "main" {
			t.Errorf("command %+v, %v, error %v", c, ok, err)
		}
		if _, ok, _ := h.Command(ctx, "nobody"); ok {
			t.Error("there is a command of nobody")
		}
	})
	if len(machine.commands) != 3 || machine.commands[0].ID == machine.commands[1].ID {
		t.Errorf("the machine was given %+v", machine.commands)
	}
}

func TestHandleGivesUpWithItsContext(t *testing.T) {
	withHandle(t, func(m *supervisor.Machine) stepper { return m }, func(k *fakeKernel, h *Handle) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := h.Snapshot(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestHandleIsAnsweredByAPlainInitToo(t *testing.T) {
	withHandle(t, func(m *supervisor.Machine) stepper { return &failing{m, 2} }, func(k *fakeKernel, h *Handle) {
		k.queue.send(syscall.SIGHUP) // the event that breaks the machine
		ctx := context.Background()
		synctest.Wait()
		if snapshot, err := h.Snapshot(ctx); err != nil || len(snapshot.Containers) != 1 {
			t.Errorf("snapshot %+v, error %v", snapshot, err)
		}
		reply, err := h.Do(ctx, supervisor.Command{Verb: supervisor.VerbRestart, Name: "main"})
		if err != nil || reply.Refusal == "" || !strings.Contains(reply.Message, "plain init") {
			t.Errorf("reply %+v, error %v", reply, err)
		}
	})
}
