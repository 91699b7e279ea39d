package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nile-init/nile/internal/loop"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/internal/procs"
)

// maxSamples is how many are kept of each container: an hour at 5 seconds.
const maxSamples = 720

// samples are what the containers have used lately, for the chart of the page. Nothing is
// sampled unless the manifest asks for it.
type samples struct {
	mu     sync.Mutex
	series map[string]*postmortem.Series
	last   map[string]measured
}

// measured is the CPU time of a run when it was last looked at.
type measured struct {
	pid int
	cpu time.Duration
	at  time.Time
}

// run takes samples until the pod has ended.
func (s *samples) run(handle *loop.Handle, every time.Duration) {
	var sampler procs.Sampler
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for range ticker.C {
		snapshot, err := handle.Snapshot(context.Background())
		if errors.Is(err, loop.ErrEnded) {
			return
		}
		var names []string
		var pids []int
		for i := range snapshot.Containers {
			if c := &snapshot.Containers[i]; c.PID > 0 {
				names, pids = append(names, c.Name), append(pids, c.PID)
			}
		}
		usages, err := sampler.Trees(pids)
		if err != nil {
			continue // there is no /proc now
		}
		s.mu.Lock()
		for i, name := range names {
			s.add(name, pids[i], usages[i].CPU, int64(usages[i].Resident), time.Now())
		}
		s.mu.Unlock()
	}
}

// add adds a sample of a container. The first one of a run tells no CPU: there is nothing
// to compare it with.
func (s *samples) add(name string, pid int, cpu time.Duration, memory int64, at time.Time) {
	if s.series == nil {
		s.series, s.last = map[string]*postmortem.Series{}, map[string]measured{}
	}
	series := s.series[name]
	if series == nil {
		series = &postmortem.Series{Container: name}
		s.series[name] = series
	}
	point := postmortem.Sample{At: at, Memory: memory}
	if before := s.last[name]; before.pid == pid && at.After(before.at) {
		point.CPU = max(0, (cpu-before.cpu).Seconds()/at.Sub(before.at).Seconds())
	}
	s.last[name] = measured{pid, cpu, at}
	series.Samples = append(series.Samples, point)
	if surplus := len(series.Samples) - maxSamples; surplus > 0 {
		series.Samples = append(series.Samples[:0], series.Samples[surplus:]...)
	}
}

// take returns a copy of what there is, in the order of the names.
func (s *samples) take(names []string) []postmortem.Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []postmortem.Series
	for _, name := range names {
		if series := s.series[name]; series != nil {
			list = append(list, postmortem.Series{Container: name, Samples: append([]postmortem.Sample(nil), series.Samples...)})
		}
	}
	return list
}
