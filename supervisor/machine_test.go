package supervisor_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// A snapshot is a copy: what the machine does later does not change it, and who
// changes it does not change the machine.
func TestSnapshotIsACopy(t *testing.T) {
	s := newStage()
	s.machine = supervisor.New(supervisor.Spec{Name: "shop", Main: []supervisor.Container{{Name: "web"}, {Name: "worker"}}})
	s.tell(supervisor.Boot{})
	if err := s.exit("web", supervisor.Exited{Status: supervisor.Status{Code: 3}}); err != nil {
		t.Fatal(err)
	}
	before := s.machine.Snapshot()
	if before.Name != "shop" || before.State != supervisor.PodRunning || len(before.Containers) != 2 {
		t.Fatalf("the snapshot is %+v", before)
	}
	last := *before.Containers[0].Last
	s.advance(time.Minute)
	if err := s.exit("web", supervisor.Exited{Status: supervisor.Status{Code: 4}}); err != nil {
		t.Fatal(err)
	}
	if got := *before.Containers[0].Last; got != last {
		t.Errorf("the last run in an old snapshot has become %+v, was %+v", got, last)
	}
	now := s.machine.Snapshot()
	now.Containers[0].Last.Status.Code = 99
	now.Containers[1].Name = "changed"
	if got := s.machine.Snapshot(); got.Containers[0].Last.Status.Code != 4 || got.Containers[1].Name != "worker" {
		t.Errorf("a change of a snapshot has reached the machine: %+v", got)
	}
}

func TestSnapshotOfARun(t *testing.T) {
	s := newStage()
	s.machine = supervisor.New(supervisor.Spec{
		Init: []supervisor.Container{{Name: "fetch"}},
		Main: []supervisor.Container{{Name: "web", RestartPolicy: supervisor.RestartNever}},
	})
	s.tell(supervisor.Boot{})
	s.advance(2 * time.Second)
	if err := s.exit("fetch", supervisor.Exited{Status: supervisor.Status{}}); err != nil {
		t.Fatal(err)
	}
	want := []supervisor.ContainerSnapshot{
		{
			Name: "fetch", Role: supervisor.RoleInit, State: supervisor.Completed, Gen: 2, Ready: true, StartedAt: epoch,
			Last: &supervisor.Termination{Reason: "Completed", Started: epoch, Finished: epoch.Add(2 * time.Second)},
		},
		{Name: "web", Role: supervisor.RoleMain, State: supervisor.Running, PID: 102, Gen: 1, Running: true, Started: true, Ready: true, StartedAt: epoch.Add(2 * time.Second)},
	}
	if got := s.machine.Snapshot().Containers; !reflect.DeepEqual(got, want) {
		t.Errorf("the containers are\n%+v, should be\n%+v", got, want)
	}
}

// The machine reads its spec and never changes it: two machines may share one.
func TestSpecIsNotChanged(t *testing.T) {
	spec := supervisor.Spec{Main: []supervisor.Container{{Name: "web"}}, Signals: map[int]int{1: 10}}
	var lives [2]string
	for i := range lives {
		s := newStage()
		s.machine = supervisor.New(spec)
		s.tell(supervisor.Boot{})
		if err := s.exit("web", supervisor.Exited{Status: supervisor.Status{Code: 3}}); err != nil {
			t.Fatal(err)
		}
		s.tell(supervisor.Signal{Num: 1})
		lives[i] = fmt.Sprint(s.out)
	}
	if lives[0] != lives[1] {
		t.Errorf("two machines of one spec differ:\n%s\n%s", lives[0], lives[1])
	}
	if !reflect.DeepEqual(spec.Backoff, supervisor.Backoff{}) || len(spec.Signals) != 1 {
		t.Errorf("the spec has become %+v", spec)
	}
}

// A replay of the same events gives the same actions, to the last word.
func TestReplayIsExact(t *testing.T) {
	for seed := uint64(1); seed <= 200; seed++ {
		a, b := newLife(seed, true), newLife(seed, true)
		a.live()
		b.live()
		// Addresses of failures are all that may differ: there are none in actions.
		if x, y := actionsOf(a), actionsOf(b); !slices.Equal(x, y) {
			t.Fatalf("life %d differs in its replay:\n%v\n%v", seed, x, y)
		}
	}
}

// bigPod is a pod of so many containers: sidecars, then mains.
func bigPod(n int) supervisor.Spec {
	spec := supervisor.Spec{Name: "big", Grace: 30 * time.Second, RestartPolicy: supervisor.RestartNever}
	for i := range n {
		c := supervisor.Container{Name: fmt.Sprintf("container-%d", i), Sidecar: i < n/2}
		if c.Sidecar {
			spec.Init = append(spec.Init, c)
		} else {
			spec.Main = append(spec.Main, c)
		}
	}
	return spec
}

// liveOnce starts a pod, stops it, and returns how many events and actions it took.
func liveOnce(spec supervisor.Spec) (events, actions int, exited bool) {
	m := supervisor.New(spec)
	pid := 0
	queue := []supervisor.Event{supervisor.Boot{}}
	for asked := false; !exited; {
		if len(queue) == 0 {
			if asked {
				return events, actions, false
			}
			asked, queue = true, []supervisor.Event{supervisor.Signal{Num: 15}}
		}
		event := queue[0]
		queue = queue[1:]
		events++
		for _, action := range m.Step(epoch, event) {
			actions++
			switch a := action.(type) {
			case supervisor.Spawn:
				pid++
				queue = append(queue, supervisor.Spawned{Name: a.Name, Gen: a.Gen, PID: pid})
			case supervisor.Kill:
				queue = append(queue, supervisor.Exited{PID: a.PID, Status: supervisor.Status{Signal: a.Signal}})
			case supervisor.Exit:
				exited = true
			}
		}
	}
	return events, actions, exited
}

// A pod of 500 containers takes so many times the actions of a pod of 50 as it has
// containers, and not more.
func TestActionsGrowWithThePod(t *testing.T) {
	_, small, ok := liveOnce(bigPod(50))
	_, big, alsoOK := liveOnce(bigPod(500))
	if !ok || !alsoOK {
		t.Fatal("the pod does not end")
	}
	if big > 10*small {
		t.Errorf("a pod of 500 takes %d actions, a pod of 50 takes %d", big, small)
	}
}

// BenchmarkProbes is a minute of 500 containers with a liveness and a readiness probe
// each, every second.
func BenchmarkProbes(b *testing.B) {
	spec := bigPod(500)
	for _, c := range spec.Containers() {
		c.Liveness = &supervisor.Probe{Period: time.Second, Timeout: time.Second, SuccessThreshold: 1, FailureThreshold: 3}
		c.Readiness = c.Liveness
	}
	total := 0
	for b.Loop() {
		m := supervisor.New(spec)
		queue := []supervisor.Event{supervisor.Boot{}}
		armed := map[supervisor.Timer]time.Duration{}
		for second := time.Duration(0); second <= time.Minute; second += time.Second {
			for timer, at := range armed {
				if at <= second {
					delete(armed, timer)
					queue = append(queue, supervisor.Fired{Timer: timer})
				}
			}
			for pid := 1; len(queue) > 0; queue = queue[1:] {
				total++
				for _, action := range m.Step(epoch.Add(second), queue[0]) {
					switch a := action.(type) {
					case supervisor.Spawn:
						pid++
						queue = append(queue, supervisor.Spawned{Name: a.Name, Gen: a.Gen, PID: pid})
					case supervisor.StartProbe:
						queue = append(queue, supervisor.Probed{Name: a.Name, Kind: a.Kind, Number: a.Number, Result: supervisor.ProbeSuccess})
					case supervisor.Arm:
						armed[a.Timer] = second + a.After
					case supervisor.Disarm:
						delete(armed, a.Timer)
					}
				}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/event")
}

// BenchmarkStep is the whole life of a pod of 500 containers: start, stop, exit.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{5, 50, 500} {
		spec := bigPod(n)
		b.Run(fmt.Sprintf("containers=%d", n), func(b *testing.B) {
			total := 0
			for b.Loop() {
				events, _, ok := liveOnce(spec)
				if !ok {
					b.Fatal("the pod does not end")
				}
				total += events
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/event")
		})
	}
}

// A postStart hook has failed, and the process ends by itself before it is old enough to be
// stopped for that: what is foretold of its end is what comes.
func TestHoldsOfAnEndBeforeTheStopForAFailedHook(t *testing.T) {
	m := supervisor.New(supervisor.Spec{
		RestartPolicy: supervisor.RestartNever, Hold: supervisor.Hold{OnFailure: supervisor.FailureHold},
		Main: []supervisor.Container{{Name: "web", PostStart: &supervisor.Handler{}}},
	})
	for _, event := range []supervisor.Event{
		supervisor.Boot{}, supervisor.Spawned{Name: "web", Gen: 1, PID: 101},
		supervisor.HookDone{Name: "web", Gen: 1, Hook: supervisor.HookPostStart, Err: "exited with code 1"},
	} {
		m.Step(epoch, event)
	}
	foretold := m.Holds(epoch, 101, supervisor.Status{})
	if held := beginsHold(m.Step(epoch, supervisor.Exited{PID: 101})); foretold != held {
		t.Errorf("it was foretold that the end is held: %v; it is: %v", foretold, held)
	}
}
