package supervisor

import (
	"fmt"
	"time"
)

// TimerEvery is the time of a job's next run.
const TimerEvery TimerKind = "every"

// Schedule is what there is to know of a job beside its runs.
type Schedule struct {
	Every    time.Duration
	Next     time.Time // when it runs next; zero while that is not known
	Runs     int       // that have ended
	Failures int       // of these
	Skipped  int       // times at which it still ran, or could not be started
}

// job is the schedule of a container that runs every so often.
type job struct {
	Schedule
	armed time.Time // for when the timer is armed; zero where it is not
	gen   int       // with which generation
	timed bool      // it is due because its time has come
}

// mainRole is the role of one of a pod's containers.
func mainRole(c *Container) Role {
	if c.Every > 0 {
		return RoleJob
	}
	return RoleMain
}

// lasting are the main containers that are no jobs: the pod lives as long as they do.
func (m *Machine) lasting() []*container {
	var list []*container
	for _, c := range m.mains {
		if c.role != RoleJob {
			list = append(list, c)
		}
	}
	return list
}

// advanceJobs arms the timers of jobs. The times are multiples of the interval, counted from
// when the job's turn in the initialisation came, so that they do not drift.
func (m *Machine) advanceJobs() {
	for _, c := range m.all {
		j := &c.job
		if c.role != RoleJob {
			if j.Every > 0 { // a reload has made it something else
				m.disarmJob(c)
				c.job = job{}
				c.due = c.due && c.state != Waiting // its turn comes in another way
			}
			continue
		}
		wanted := m.ending == nil && m.anew == nil && m.state == PodRunning && !c.removed && c.state != Held && c.state != Stopped
		if !wanted {
			m.disarmJob(c)
			continue
		}
		switch {
		case j.Every != c.spec.Every:
			j.Every, j.Next = c.spec.Every, m.now.Add(c.spec.Every)
		case j.armed.IsZero():
			j.follow(m.now) // what it has missed meanwhile is over
		}
		if !j.armed.Equal(j.Next) || j.gen != c.gen {
			j.armed, j.gen = j.Next, c.gen
			m.arm(TimerEvery, c, max(j.Next.Sub(m.now), 0))
		}
	}
}

// disarmJob takes a job's timer back, which may have a generation of the past.
func (m *Machine) disarmJob(c *container) {
	if m.forget(TimerEvery, c) {
		m.act(Disarm{Timer: Timer{Kind: TimerEvery, Name: c.spec.Name, Gen: c.job.gen}})
	}
	c.job.armed = time.Time{}
}

// follow makes the next time one that is still to come.
func (j *job) follow(now time.Time) {
	if !j.Next.After(now) {
		j.Next = j.Next.Add((now.Sub(j.Next)/j.Every + 1) * j.Every)
	}
}

// everyFired has a job run, unless it still does.
func (m *Machine) everyFired(c *container) {
	j := &c.job
	j.follow(m.now)
	if (c.state == Waiting || c.state.final()) && !c.due {
		j.timed = true
		m.startDue(c)
		return
	}
	j.Skipped++
	why := "it still runs"
	if !c.running() {
		why = "the run before has not begun or is not over"
	}
	m.note(LevelWarn, c, c.state, fmt.Sprintf("its time has come and %s: skipped, %s so far", why, plural(j.Skipped, "time", "times")))
}

// awaitsItsTime tells whether a job that has not run yet could run now.
func (m *Machine) awaitsItsTime(c *container) bool {
	return c.role == RoleJob && c.state == Waiting && m.state == PodRunning
}

// fileJob counts a run of a job that has ended.
func (c *container) fileJob() {
	if c.role != RoleJob {
		return
	}
	c.job.Runs++
	if c.trigger != "" {
		c.job.Failures++
	}
}

// schedule is a copy of a job's schedule; nil of all others.
func (c *container) schedule() *Schedule {
	if c.role != RoleJob {
		return nil
	}
	s := c.job.Schedule
	if c.job.armed.IsZero() {
		s.Next = time.Time{}
	}
	return &s
}
