package supervisor_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nile-init/nile/supervisor"
)

// jobWatched is what an outsider knows of a job's schedule.
type jobWatched struct {
	every     time.Duration
	nextAt    time.Duration
	scheduled bool // its timer is to be armed
	jobRuns   int
	failures  int
	skipped   int
}

// addJob sometimes adds a job.
func addJob(rng *rand.Rand, spec *supervisor.Spec) {
	if spec.Forward || !chance(rng, 20) {
		return
	}
	job := randomContainer(rng, "job")
	job.Every = 500*time.Millisecond + upTo(rng, oneOf(rng, 5*time.Second, 2*time.Minute))
	if spec.Hold != (supervisor.Hold{}) {
		job.OnFailure = oneOf(rng, "", supervisor.FailureHold, supervisor.FailureExit)
	}
	spec.Main = slices.Insert(spec.Main, rng.IntN(len(spec.Main)+1), job)
}

func mainRole(c *supervisor.Container) supervisor.Role {
	if c.Every > 0 {
		return supervisor.RoleJob
	}
	return supervisor.RoleMain
}

func (c *watched) isJob() bool { return c.role == supervisor.RoleJob }

// lasting are the mains for whose end the pod waits.
func (o *observer) lasting() (list []*watched) {
	for _, c := range o.mains {
		if !c.isJob() {
			list = append(list, c)
		}
	}
	return list
}

// follow makes the next time one that is still to come.
func (j *jobWatched) follow(now time.Duration) {
	if j.nextAt <= now {
		j.nextAt += j.every * ((now-j.nextAt)/j.every + 1)
	}
}

// everyFired takes note that the time of a job has come.
func (o *observer) everyFired(c *watched) {
	c.follow(o.now)
	if (c.phase == fresh || c.phase == over) && !c.startDue {
		o.met["job is due"]++
		c.startDue = true
		return
	}
	o.met["job is skipped"]++
	c.skipped++
}

// fileJob counts a run of a job.
func (c *watched) fileJob() {
	if !c.isJob() {
		return
	}
	c.jobRuns++
	if c.trigger != "" {
		c.failures++
	}
}

// mustSchedule checks that a job has a timer for its next time, exactly.
func (o *observer) mustSchedule(c *watched) {
	name := c.spec.Name
	wanted := c.isJob() && o.initialized && !o.ending && o.anew == nil && !c.removed && c.phase != held && c.phase != stopped
	if !wanted {
		c.scheduled = false
		if !c.isJob() {
			c.jobWatched = jobWatched{}
		}
		o.mustNotBeArmed(supervisor.TimerEvery, name)
		return
	}
	switch {
	case c.every != c.spec.Every:
		c.every, c.nextAt = c.spec.Every, o.now+c.spec.Every
	case !c.scheduled:
		c.follow(o.now)
	}
	c.scheduled = true
	o.mustBeArmed(supervisor.TimerEvery, name, c.nextAt, max(c.nextAt, o.now))
}

// compareJob checks what a snapshot tells of a job.
func (o *observer) compareJob(c *watched, got supervisor.ContainerSnapshot) {
	if c.isJob() != (got.Schedule != nil) {
		o.fail("the snapshot says of %s, which is a %s, that its schedule is %+v", c.spec.Name, c.role, got.Schedule)
		return
	}
	if s := got.Schedule; s != nil && (s.Runs != c.jobRuns || s.Failures != c.failures || s.Skipped != c.skipped || s.Next.IsZero() == c.scheduled) {
		o.fail("the snapshot says of %s that its schedule is %+v, seen was %+v", c.spec.Name, *s, c.jobWatched)
	}
}
