package eventhooks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nile-init/nile/internal/events"
	"github.com/nile-init/nile/supervisor"
)

// life makes the notes of a pod of one container by the real supervisor, so that the
// words it has are those that are looked for.
func life(spec supervisor.Spec, happens ...supervisor.Event) (log *events.Log) {
	log = &events.Log{}
	machine, now := supervisor.New(spec), time.Now()
	for _, event := range happens {
		now = now.Add(time.Second)
		for _, action := range machine.Step(now, event) {
			if note, ok := action.(supervisor.Note); ok {
				log.Note(note)
			}
		}
	}
	return log
}

func TestKindsOfALife(t *testing.T) {
	probe := &supervisor.Probe{Period: time.Second, Timeout: time.Second, SuccessThreshold: 1, FailureThreshold: 1}
	main := supervisor.Container{Name: "app"}
	probed := main
	probed.Readiness = probe
	probeDue := supervisor.Fired{Timer: supervisor.Timer{Kind: "probe readiness", Name: "app", Gen: 1}}
	answer := func(number int, result supervisor.ProbeResult) supervisor.Event {
		return supervisor.Probed{Name: "app", Kind: supervisor.ProbeReadiness, Number: number, Result: result, Message: "so"}
	}
	says := func(n supervisor.Notified) supervisor.Event { n.Name, n.Gen = "app", 1; return n }
	talking := main
	talking.Notify.Kind = supervisor.NotifySystemd
	spawned := func(gen int) supervisor.Event { return supervisor.Spawned{Name: "app", Gen: gen, PID: 10 + gen} }
	for name, c := range map[string]struct {
		container supervisor.Container
		hold      supervisor.OnFailure
		happens   []supervisor.Event
		want      string
	}{
		"it fails and is restarted": {main, "", []supervisor.Event{
			supervisor.Boot{}, spawned(1), supervisor.Exited{PID: 11, Status: supervisor.Status{Code: 3}}, spawned(3), supervisor.Exited{PID: 13, Status: supervisor.Status{Code: 3}},
		}, "Started+Ready Exited+NotReady Restarted+Started+Ready BackOff+Exited+NotReady"},
		"it is held, and that ends": {main, supervisor.FailureHold, []supervisor.Event{
			supervisor.Boot{}, spawned(1), supervisor.Exited{PID: 11, Status: supervisor.Status{Code: 3}}, supervisor.Signal{Num: 15},
		}, "Started+Ready Held+Exited+NotReady Released+Stopping Stopped"},
		"it becomes ready, and not": {probed, "", []supervisor.Event{
			supervisor.Boot{}, spawned(1), probeDue, answer(1, supervisor.ProbeSuccess), probeDue, answer(2, supervisor.ProbeFailure),
		}, "Started Ready NotReady"},
		"it says that it is ready, and that it is stopping": {talking, "", []supervisor.Event{
			supervisor.Boot{}, spawned(1), says(supervisor.Notified{Ready: true}), says(supervisor.Notified{Ready: true}), says(supervisor.Notified{Stopping: true}),
		}, "Started Ready NotReady"},
		"it is stopped": {main, "", []supervisor.Event{
			supervisor.Boot{}, spawned(1), supervisor.Signal{Num: 15}, supervisor.Exited{PID: 11, Status: supervisor.Status{Signal: 15}},
		}, "Started+Ready Stopping Stopping+NotReady Exited Stopped"},
	} {
		t.Run(name, func(t *testing.T) {
			log := life(supervisor.Spec{Name: "pod", Grace: 30 * time.Second, Main: []supervisor.Container{c.container}, Hold: supervisor.Hold{OnFailure: c.hold}}, c.happens...)
			classifier := newClassifier(only(Container{Readiness: c.container.Readiness != nil, Notify: c.container.Notify.Kind != ""}))
			var got []string
			list, _ := log.Since(0)
			for i := range list {
				if kinds := classifier.kinds(&list[i]); len(kinds) > 0 {
					got = append(got, strings.Join(kinds, "+"))
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("the kinds are\n%s, want\n%s\n%+v", strings.Join(got, " "), c.want, list)
			}
		})
	}
}

// crash is an event of the kind Crashed.
func crash(why string) supervisor.Note { return supervisor.Note{Name: "app", Why: why, Cause: "exit"} }

// A hook that fails is tried again, with growing waits, and then left.
func TestTriesAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log events.Log
		var got, told []string
		began := time.Now()
		h := New(&log, Options{
			Pod: "pod", Container: only(Container{}), Mask: strings.ToUpper,
			Tell: func(why string) { told = append(told, why) },
			Hooks: []Hook{{Name: "hook", On: []string{crashed}, Deliver: func(_ context.Context, body []byte) error {
				var m struct{ Event, Pod, Message string }
				if err := json.Unmarshal(body, &m); err != nil || m.Event != crashed || m.Pod != "pod" {
					t.Errorf("the body is %s: %v", body, err)
				}
				got = append(got, m.Message)
				if m.Message == "BAD" {
					return errors.New("no")
				}
				return nil
			}}},
		})
		h.Start()
		for _, why := range []string{"one", "bad", "two"} {
			log.Note(crash(why))
		}
		if left := h.Drain(t.Context(), 3); left != 0 {
			t.Errorf("%d are left", left)
		}
		if want := "ONE BAD BAD BAD BAD BAD TWO"; strings.Join(got, " ") != want || time.Since(began) != 15*time.Second {
			t.Errorf("after %v it was told %q", time.Since(began), got)
		}
		if counts := h.Counts()[0]; counts != (Counts{Delivered: 2, Failed: 1}) || len(told) != 1 {
			t.Errorf("the counts are %+v, and it tells %q", counts, told)
		}
	})
}

// One that never answers holds up nobody: its oldest events are dropped, and the end
// doesn't wait for it.
func TestOneThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log events.Log
		told, other := 0, 0
		h := New(&log, Options{
			Container: only(Container{}), Mask: strings.Clone, Tell: func(string) { told++ },
			Hooks: []Hook{
				{Name: "stuck", On: []string{crashed}, Deliver: func(ctx context.Context, _ []byte) error { <-ctx.Done(); return ctx.Err() }},
				{Name: "other", On: []string{crashed}, Deliver: func(context.Context, []byte) error { other++; return nil }},
			},
		})
		h.Start()
		for range 5 {
			for range 60 {
				log.Note(crash("x"))
			}
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		left := h.Drain(ctx, log.Last())
		counts := h.Counts()
		if left != MaxQueued+1 || time.Since(began) != 2*time.Second || counts[0].Dropped != 300-MaxQueued-1 || told != 1 {
			t.Errorf("after %v %d are left, counts %+v, told %d times", time.Since(began), left, counts, told)
		}
		if other != 300 || counts[1].Delivered != 300 {
			t.Errorf("the other one was told of %d", other)
		}
	})
}

func TestNoHooks(t *testing.T) {
	h := New(&events.Log{}, Options{})
	h.Start()
	if h.Drain(t.Context(), 5) != 0 || h.Counts() != nil {
		t.Error("something is there")
	}
}

// only knows one container, app.
func only(c Container) func(string) (Container, bool) {
	return func(name string) (Container, bool) { return c, name == "app" }
}

// A reload adds containers, changes their probes and takes them out.
func TestKindsOfAContainerThatReloadsChange(t *testing.T) {
	containers := map[string]Container{}
	c := newClassifier(func(name string) (Container, bool) { one, ok := containers[name]; return one, ok })
	kinds := func(from, to, message string) string {
		return strings.Join(c.kinds(&events.Event{Name: "new", From: from, To: to, Message: message}), " ")
	}
	if got := kinds("Waiting", "Starting", ""); got != "" {
		t.Errorf("what is not there is told as %q", got)
	}
	containers["new"] = Container{}
	if got := kinds("Starting", "Running", "started"); got != "Started Ready" {
		t.Errorf("what has been added is told as %q", got)
	}
	containers["new"] = Container{Readiness: true}
	if got := kinds("Running", "Stopping", ""); got != "Stopping NotReady" {
		t.Errorf("its stop is told as %q", got)
	}
	if got := kinds("Starting", "Running", "started"); got != "Started" {
		t.Errorf("with a readiness probe it is told as %q", got)
	}
	delete(containers, "new")
	if got := kinds("Running", "Removed", ""); got != "Stopped" {
		t.Errorf("its removal is told as %q", got)
	}
	if got := kinds("Waiting", "Starting", ""); got != "" {
		t.Errorf("what is gone is told as %q", got)
	}
}
