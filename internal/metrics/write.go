package metrics

import (
	"strconv"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// Sample is what a page shows beside what a [Recorder] has counted.
type Sample struct {
	Build    Build
	Snapshot supervisor.Snapshot
	Ready    bool              // what /readyz says
	Trees    map[string]Tree   // by container, of those whose process runs
	Output   map[string]Output // by container, of those whose output goes through nile
	Hooks    []Hook            // the event hooks, in the order of the manifest
	Self     Self
}

// Build says which nile it is.
type Build struct{ Version, Revision, Go string }

// Tree is what the process tree of a container uses.
type Tree struct {
	Processes, Threads, Zombies int
	Resident                    uint64 // bytes
	CPU                         time.Duration
}

// Output is how much a container has printed, on standard output and standard error.
type Output struct{ Bytes, Lines [2]uint64 }

// Hook is how an event hook has fared.
type Hook struct{ Delivered, Failed, Dropped uint64 }

// Self is what nile itself uses.
type Self struct {
	CPU      time.Duration
	Resident uint64 // bytes
	// Descriptors are the open ones; 0 where they cannot be counted.
	Descriptors, Goroutines int
	Started                 time.Time
}

var podStates = []supervisor.PodState{
	supervisor.PodNew, supervisor.PodInitializing, supervisor.PodRunning, supervisor.PodHeld,
	supervisor.PodStopping, supervisor.PodSucceeded, supervisor.PodFailed,
}

var containerStates = []supervisor.State{
	supervisor.Waiting, supervisor.Starting, supervisor.Retrying, supervisor.Running, supervisor.Stopping, supervisor.Killing,
	supervisor.Emptying, supervisor.BackingOff, supervisor.Held, supervisor.Stopped, supervisor.Completed, supervisor.Failed,
}

// Write makes the page.
func (r *Recorder) Write(s *Sample) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &text{b: make([]byte, 0, 8<<10+4<<10*len(s.Snapshot.Containers))}
	r.writePod(t, s)
	r.writeContainers(t, s)
	r.writeProbes(t, s)
	r.writeUsage(t, s)
	r.writeRest(t, s)
	return t.b
}

func (r *Recorder) writePod(t *text, s *Sample) {
	pod := &s.Snapshot
	t.family(&buildInfo)
	t.sample(&buildInfo, 1, s.Build.Version, s.Build.Revision, s.Build.Go)
	t.family(&podInfo)
	t.sample(&podInfo, 1, pod.Name)
	t.family(&podState)
	for _, state := range podStates {
		t.sample(&podState, boolean(state == pod.State), string(state))
	}
	t.single(&podReady, boolean(s.Ready))
	t.single(&podStartTime, epoch(pod.Since))
	t.single(&held, boolean(pod.State == supervisor.PodHeld))
	if pod.State == supervisor.PodHeld {
		t.single(&holdTime, epoch(pod.HeldSince))
	}
	for i, c := range r.crashes {
		if i == 0 {
			t.family(&crashes)
		}
		t.sample(&crashes, float64(c.count), c.container, c.cause)
	}
}

// each writes a family with at most one series for each container.
func (t *text) each(f *Family, s *Sample, value func(*supervisor.ContainerSnapshot) (float64, bool)) {
	begun := false
	for i := range s.Snapshot.Containers {
		c := &s.Snapshot.Containers[i]
		number, ok := value(c)
		if !ok {
			continue
		}
		if !begun {
			t.family(f)
			begun = true
		}
		t.sample(f, number, c.Name)
	}
}

func (r *Recorder) writeProbes(t *text, s *Sample) {
	for _, f := range []*Family{&probeResults, &probeDuration} {
		begun := false
		for i := range s.Snapshot.Containers {
			name := s.Snapshot.Containers[i].Name
			for kind, p := range r.of(name).probes {
				if p == nil {
					continue
				}
				if !begun {
					t.family(f)
					begun = true
				}
				if f == &probeDuration {
					t.histogram(f, bounds, p.buckets[:], p.sum.Seconds(), name, string(probeKinds[kind]))
					continue
				}
				for result, count := range p.results {
					t.sample(f, float64(count), name, string(probeKinds[kind]), results[result])
				}
			}
		}
	}
}

func (r *Recorder) writeUsage(t *text, s *Sample) {
	type one = supervisor.ContainerSnapshot
	tree := func(value func(Tree) float64) func(*one) (float64, bool) {
		return func(c *one) (float64, bool) {
			of, ok := s.Trees[c.Name]
			return value(of), ok
		}
	}
	t.each(&processes, s, tree(func(of Tree) float64 { return float64(of.Processes) }))
	t.each(&threads, s, tree(func(of Tree) float64 { return float64(of.Threads) }))
	t.each(&zombies, s, tree(func(of Tree) float64 { return float64(of.Zombies) }))
	t.each(&memory, s, tree(func(of Tree) float64 { return float64(of.Resident) }))
	t.each(&cpu, s, func(c *one) (float64, bool) {
		of, runs := s.Trees[c.Name]
		if !runs {
			return r.of(c.Name).cpu.Seconds(), true
		}
		return r.of(c.Name).spent(c.PID, of.CPU).Seconds(), true
	})
	for _, f := range []*Family{&outputBytes, &outputLines} {
		begun := false
		for i := range s.Snapshot.Containers {
			name := s.Snapshot.Containers[i].Name
			output, ok := s.Output[name]
			if !ok {
				continue
			}
			if !begun {
				t.family(f)
				begun = true
			}
			numbers := output.Bytes
			if f == &outputLines {
				numbers = output.Lines
			}
			t.sample(f, float64(numbers[0]), name, "stdout")
			t.sample(f, float64(numbers[1]), name, "stderr")
		}
	}
}

func (r *Recorder) writeRest(t *text, s *Sample) {
	t.family(&reaped)
	t.sample(&reaped, float64(r.children), "child")
	t.sample(&reaped, float64(r.orphans), "orphan")
	begun := false
	for num, count := range r.signals {
		if count == 0 {
			continue
		}
		if !begun {
			t.family(&signals)
			begun = true
		}
		t.sample(&signals, float64(count), supervisor.SignalName(num))
	}
	if r.reloads+r.refused > 0 {
		t.family(&reloads)
		t.sample(&reloads, float64(r.reloads), "done")
		t.sample(&reloads, float64(r.refused), "refused")
	}
	for i, hook := range s.Hooks {
		if i == 0 {
			t.family(&hookEvents)
		}
		place := strconv.Itoa(i)
		t.sample(&hookEvents, float64(hook.Delivered), place, "delivered")
		t.sample(&hookEvents, float64(hook.Failed), place, "failed")
		t.sample(&hookEvents, float64(hook.Dropped), place, "dropped")
	}
	t.single(&ownCPU, s.Self.CPU.Seconds())
	t.single(&ownMemory, float64(s.Self.Resident))
	if s.Self.Descriptors > 0 {
		t.single(&ownFiles, float64(s.Self.Descriptors))
	}
	t.single(&goroutines, float64(s.Self.Goroutines))
	t.single(&ownStartTime, epoch(s.Self.Started))
}
