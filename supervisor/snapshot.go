package supervisor

import "time"

// Snapshot is the state of a pod at one moment. It shares nothing with the
// machine.
type Snapshot struct {
	Name        string
	State       PodState
	Since       time.Time           // the first event
	Initialized bool                // every init container has let the next one start
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
	Running   bool          // its process runs
	Started   bool          // and has started, in the sense of the Pod API
	Ready     bool          // and is ready; of a plain init container: has done its part
	StartedAt time.Time     // of the present or else the last run
	Backoff   time.Duration // the wait that it is in
	Last      *Termination  // how the last run ended; nil before the first end
	Previous  *Termination  // how the run before that ended
}

// Snapshot copies the state.
func (m *Machine) Snapshot() Snapshot {
	s := Snapshot{Name: m.spec.Name, State: m.state, Since: m.since, Initialized: true}
	for _, c := range m.all {
		cs := ContainerSnapshot{
			Name: c.spec.Name, Role: c.role, State: c.state, PID: c.pid, Gen: c.gen, Restarts: c.restarts,
			Running: c.running(), Started: c.hasStarted(), Ready: c.isReady(), StartedAt: c.started,
			Last: c.last.copy(), Previous: c.previous.copy(),
		}
		if c.role == RoleInit {
			cs.Ready = c.state == Completed
		}
		if c.state == BackingOff {
			cs.Backoff = c.waited
		}
		if c.role != RoleMain && !c.passed {
			s.Initialized = false
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
