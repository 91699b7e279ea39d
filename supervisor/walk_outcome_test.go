package supervisor_test

import "github.com/nile-init/nile/supervisor"

// code is the exit code as the package comment states it.
func (o *observer) code() int {
	if o.withPeers {
		return 0
	}
	for _, c := range o.all {
		if c.heldFailed && c.exitCode() != 0 {
			return c.exitCode()
		}
	}
	if o.failedInit != nil {
		if o.failedInit.released != nil {
			return 0
		}
		if o.failedInit.code == 0 {
			return 137 // the OOM killer struck
		}
		return o.failedInit.code
	}
	allRan := true
	for _, c := range o.lasting() {
		if !c.ran {
			allRan = false
		} else if c.exitCode() != 0 && (o.operator != 0 || !c.asked || c.cause != "") {
			return c.exitCode()
		}
	}
	if o.operator != 0 && !allRan {
		return 128 + o.operator
	}
	if o.doomed {
		return 125
	}
	return 0
}

// exitCode is the code of the last run, or what a release has made of it.
func (c *watched) exitCode() int {
	if c.released != nil {
		return *c.released
	}
	return c.code
}

// remap is the exit code after the spec's replacements.
func (o *observer) remap(code int) int {
	for _, r := range o.spec.Remap {
		if r.From == code && (!r.Stopped || o.asks > 0) {
			return r.To
		}
	}
	return code
}

// compare checks a snapshot against what an outsider knows.
func (o *observer) compare(s supervisor.Snapshot) {
	if string(s.State) != o.podState {
		o.fail("the snapshot says that the pod is %s, the notes say %s", s.State, o.podState)
	}
	if len(s.Containers) != len(o.all) {
		o.fail("the snapshot has %d containers, should have %d", len(s.Containers), len(o.all))
		return
	}
	for i, c := range o.all {
		got := s.Containers[i]
		if got.Name != c.spec.Name || got.Role != c.role || string(got.State) != c.noteState || got.PID != c.pid ||
			got.Restarts != c.restarts || (got.Last != nil) != c.ran || got.Retried != c.retried() || got.Parked != c.parked || c.ran && got.Trigger != c.trigger {
			o.fail("the snapshot says %+v, seen was %+v", got, *c)
		}
		o.compareProbes(c, got)
		o.compareNotice(c, got)
		o.compareJob(c, got)
		o.compareNews(c, got)
		o.compareWaits(c, got)
		if got.Last != nil && (got.Last.Status.ExitCode() != c.code || got.Last.Asked != c.asked) {
			o.fail("the snapshot says that %s ended with %+v, seen was %+v", c.spec.Name, *got.Last, *c)
		}
	}
}

// compareProbes checks what a snapshot says about the start and the readiness of a
// container.
func (o *observer) compareProbes(c *watched, got supervisor.ContainerSnapshot) {
	started := c.hasStarted()
	ready := started && c.succeeded(supervisor.ProbeReadiness) && !c.saidStopping
	if c.role == supervisor.RoleInit {
		ready = c.phase == over && !c.failed()
	}
	if got.Started != started || got.Ready != ready || got.Running != (c.phase == running) {
		o.fail("the snapshot says that %s has started: %v, is ready: %v, runs: %v, should be %v, %v, %v",
			c.spec.Name, got.Started, got.Ready, got.Running, started, ready, c.phase == running)
	}
}

// compareStatus checks the Pod API's status: each container is in exactly one state, its
// count never falls, and a pod that has ended has a phase that says so.
func (o *observer) compareStatus(status supervisor.PodStatus) {
	ended := status.Phase == supervisor.PhaseSucceeded || status.Phase == supervisor.PhaseFailed
	if o.exits > 0 && !ended || o.exits == 0 && ended && o.failedInit == nil {
		o.fail("the phase is %s, exits: %d", status.Phase, o.exits)
	}
	if o.problem != "" {
		return
	}
	for i, s := range append(status.InitContainerStatuses, status.ContainerStatuses...) {
		states := 0
		for _, there := range []bool{s.State.Waiting != nil, s.State.Running != nil, s.State.Terminated != nil} {
			if there {
				states++
			}
		}
		if states != 1 || s.RestartCount != o.all[i].restarts || s.Ready && s.State.Waiting != nil {
			o.fail("the status of %s is %+v", s.Name, s)
		}
	}
}
