package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/cgroup"
	"github.com/nile-init/nile/internal/procs"
)

// topSample is what there is to show at one moment.
type topSample struct {
	*scene
	trouble string       // why nile's part is missing; empty where it is there
	memory  cgroup.Usage // of this container; Current is -1 where that is not known
	load    string       // the three averages of /proc/loadavg
	sums    []topSum     // of nile's containers, in their order
}

// topSum is what the processes of a container use together.
type topSum struct {
	processes int
	resident  uint64
	share     float64 // of one processor
}

// topSampler looks again and again.
type topSampler struct {
	control *controlValue
	nile    *client.Client // nil while there is no connection
	before  *procs.Table
}

// sample looks once. Its error is one of /proc; that no nile answers is no error.
func (t *topSampler) sample() (*topSample, error) {
	status, err := t.status()
	table, failure := procs.Read(procs.Options{})
	if failure != nil {
		return nil, failure
	}
	s := &topSample{scene: newScene(table, status), memory: cgroup.Usage{Current: -1}}
	s.mask()
	if err != nil {
		s.trouble, _, _ = strings.Cut(err.Error(), "\n")
	}
	s.before, t.before = t.before, table
	if own, err := cgroup.Own(); err == nil {
		s.memory = own.Usage()
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) >= 3 {
			s.load = strings.Join(fields[:3], " ")
		}
	}
	s.sum()
	return s, nil
}

// status asks nile, on the connection of the last time if it still holds.
func (t *topSampler) status() (*client.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	if t.nile != nil {
		if status, err := t.nile.Status(ctx); err == nil {
			return status, nil
		}
		t.close()
	}
	nile, err := t.control.dial(ctx)
	if err != nil {
		return nil, tooSlow(err)
	}
	t.nile = nile
	status, err := nile.Status(ctx)
	return status, tooSlow(err)
}

func (t *topSampler) close() {
	if t.nile != nil {
		_ = t.nile.Close()
		t.nile = nil
	}
}

// run samples in every interval, and when it is asked to, until done is closed. A
// sample that nobody takes holds up the next one.
func (t *topSampler) run(interval time.Duration, again <-chan struct{}, samples chan<- *topSample, failed chan<- error, done <-chan struct{}) {
	defer t.close()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		s, err := t.sample()
		if err != nil {
			failed <- err // of one place
			return
		}
		select {
		case samples <- s:
		case <-done:
			return
		}
		select {
		case <-ticker.C:
		case <-again:
		case <-done:
			return
		}
	}
}

// sum adds up what the processes of each container use.
func (s *topSample) sum() {
	if s.nile == nil {
		return
	}
	place := map[string]int{}
	for i := range s.nile.Nile.Containers {
		place[s.nile.Nile.Containers[i].Name] = i
	}
	s.sums = make([]topSum, len(place))
	for i := range s.Processes {
		p := &s.Processes[i]
		at, ours := place[s.owners[p.PID]]
		if !ours || p.Zombie {
			continue
		}
		sum := &s.sums[at]
		sum.processes++
		sum.resident += p.Resident
		sum.share += s.Share(p, s.before)
	}
}

// totals are those of all processes.
func (s *topSample) totals() (processes, threads, zombies int, share float64) {
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Zombie {
			zombies++
			continue
		}
		processes++
		threads += p.Threads
		share += s.Share(p, s.before)
	}
	return processes, threads, zombies, share
}
