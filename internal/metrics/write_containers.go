package metrics

import "github.com/nile-init/nile/supervisor"

func (r *Recorder) writeContainers(t *text, s *Sample) {
	containers := s.Snapshot.Containers
	t.family(&containerInfo)
	for i := range containers {
		t.sample(&containerInfo, 1, containers[i].Name, string(containers[i].Role))
	}
	type one = supervisor.ContainerSnapshot
	t.each(&containerUp, s, func(c *one) (float64, bool) { return boolean(c.Running), true })
	t.family(&containerState)
	for i := range containers {
		for _, state := range containerStates {
			t.sample(&containerState, boolean(containers[i].State == state), containers[i].Name, string(state))
		}
	}
	t.each(&containerReady, s, func(c *one) (float64, bool) { return boolean(c.Ready), true })
	t.each(&containerStarted, s, func(c *one) (float64, bool) { return boolean(c.Started), true })
	t.each(&startTime, s, func(c *one) (float64, bool) { return epoch(c.StartedAt), !c.StartedAt.IsZero() })
	t.each(&starts, s, func(c *one) (float64, bool) { return float64(r.of(c.Name).starts), true })
	t.each(&startFailures, s, func(c *one) (float64, bool) { return float64(r.of(c.Name).startFailures), true })
	t.each(&restarts, s, func(c *one) (float64, bool) { return float64(c.Restarts), true })
	t.family(&exits)
	for i := range containers {
		for reason, count := range r.of(containers[i].Name).exits { // 0 too, or a first failure would be no increase
			t.sample(&exits, float64(count), containers[i].Name, reasons[reason])
		}
	}
	t.each(&lastExitCode, s, func(c *one) (float64, bool) {
		if c.Last == nil {
			return 0, false
		}
		return float64(c.Last.Status.ExitCode()), true
	})
	t.each(&backoff, s, func(c *one) (float64, bool) { return c.Backoff.Seconds(), true })
	writeJobs(t, s)
	t.each(&initDuration, s, func(c *one) (float64, bool) {
		if c.Role != supervisor.RoleInit || c.Last == nil || c.Last.Started.IsZero() {
			return 0, false
		}
		return c.Last.Finished.Sub(c.Last.Started).Seconds(), true
	})
	writeWatches(t, s)
}

// writeJobs writes what is told of jobs alone.
func writeJobs(t *text, s *Sample) {
	type one = supervisor.ContainerSnapshot
	job := func(of func(*supervisor.Schedule) int) func(c *one) (float64, bool) {
		return func(c *one) (float64, bool) {
			if c.Schedule == nil {
				return 0, false
			}
			return float64(of(c.Schedule)), true
		}
	}
	t.each(&jobRuns, s, job(func(j *supervisor.Schedule) int { return j.Runs }))
	t.each(&jobFailures, s, job(func(j *supervisor.Schedule) int { return j.Failures }))
	t.each(&jobSkipped, s, job(func(j *supervisor.Schedule) int { return j.Skipped }))
	t.each(&jobNext, s, func(c *one) (float64, bool) {
		if c.Schedule == nil || c.Schedule.Next.IsZero() {
			return 0, false
		}
		return epoch(c.Schedule.Next), true
	})
}

// writeWatches writes what is told of containers that watch files.
func writeWatches(t *text, s *Sample) {
	sum := func(of func(*supervisor.NewsSnapshot) int) func(*supervisor.ContainerSnapshot) (float64, bool) {
		return func(c *supervisor.ContainerSnapshot) (float64, bool) {
			n := 0
			for i := range c.Watch {
				n += of(&c.Watch[i])
			}
			return float64(n), len(c.Watch) > 0
		}
	}
	t.each(&changes, s, sum(func(w *supervisor.NewsSnapshot) int { return w.Changes }))
	t.each(&changeFailures, s, sum(func(w *supervisor.NewsSnapshot) int { return w.Failures }))
}
