package supervisor

import "time"

// Snapshot is the state of a pod at one moment. It shares nothing with the
// machine.
type Snapshot struct {
	Name        string
	State       PodState
	Since       time.Time           // the first event
	Initialized bool                // every init container has once let the next one start
	InitFailed  bool                // an init container has failed for good, which ends the pod
	Anew        bool                // everything is being ended, to start from the first container on
	HeldSince   time.Time           // when the hold began; zero where the pod is not held
	HeldBecause string              // what is held and why, for people
	Containers  []ContainerSnapshot // in the order of the manifest
}

// ContainerSnapshot is the state of one container.
type ContainerSnapshot struct {
	Name      string
	Role      Role
	State     State
	PID       int // 0 where no process runs
	Gen       int
	Restarts  int
	Running   bool           // its process runs
	Started   bool           // and has started, in the sense of the Pod API
	Ready     bool           // and is ready; of a plain init container: has done its part
	PostStart bool           // its postStart hook has not succeeded yet: it does not count as running
	Trouble   string         // what went wrong with the present start; empty where nothing did
	StartedAt time.Time      // of the present or else the last run
	Backoff   time.Duration  // the wait that it is in
	Last      *Termination   // how the last run ended; nil before the first end
	Previous  *Termination   // how the run before that ended
	Trigger   Trigger        // what ended the last run, where it has failed and nobody had asked for its end
	Evidence  string         // what the probe or hook said that ended it; empty where none did
	Retried   bool           // it has been retried while the pod is held, which that has not ended yet
	Schedule  *Schedule      // of a job; nil of all others
	Notice    string         // what it last said of itself that matters here: Waiting, Ready, Reloading or Stopping; empty where it says nothing
	Says      string         // what it says that it is doing; of the last run where none runs
	WaitsFor  string         // what its start waits for, as in "db to be Ready"; empty where that is no dependency
	Parked    bool           // a sidecar that does not run because the pod is held
	Watch     []NewsSnapshot // what its watched files have told, by the index in its spec
}

// Snapshot copies the state.
func (m *Machine) Snapshot() Snapshot {
	s := Snapshot{Name: m.spec.Name, State: m.shown(), Since: m.since, Initialized: m.initialized, Anew: m.anew != nil}
	if m.hold != nil {
		s.HeldSince, s.HeldBecause = m.hold.since, m.heldBecause()
	}
	s.InitFailed = m.ending != nil && m.ending.failed != nil
	for _, c := range m.all {
		cs := ContainerSnapshot{
			Name: c.spec.Name, Role: c.role, State: c.state, PID: c.pid, Gen: c.gen, Restarts: c.restarts,
			Running: c.running(), Started: c.hasStarted(), Ready: c.isReady(), StartedAt: c.started,
			PostStart: c.running() && !c.postStartDone, Trouble: c.trouble,
			Last: c.last.copy(), Previous: c.previous.copy(), Trigger: c.trigger, Evidence: c.evidence,
			Retried: c.hold.retried(), Parked: c.hold.parked,
			Schedule: c.schedule(), Notice: c.noticeWord(), Says: c.notice.status, Watch: c.newsSnapshot(),
		}
		if c.role == RoleInit {
			cs.Ready = c.state == Completed
		}
		if c.waitsFor != "" && (c.state == Waiting || c.due) {
			cs.WaitsFor = c.unmet() // which may be less by now, where a postStart hook is waited for
		}
		if c.state == BackingOff && !c.due {
			cs.Backoff = c.waited
		}
		s.Containers = append(s.Containers, cs)
	}
	return s
}

func (t *Termination) copy() *Termination {
	if t == nil {
		return nil
	}
	copied := *t
	return &copied
}
