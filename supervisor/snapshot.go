package supervisor

import "time"

// Snapshot is the state of a pod at one moment. It shares nothing with the
// machine.
type Snapshot struct {
	Name       string
	State      PodState
	Containers []ContainerSnapshot // in the order of the manifest
}

// ContainerSnapshot is the state of one container.
type ContainerSnapshot struct {
	Name     string
	Role     Role
	State    State
	PID      int // 0 where no process runs
	Gen      int
	Restarts int
	Started  time.Time    // of the present or else the last run
	Last     *Termination // how the last run ended; nil before the first end
}

// Snapshot copies the state.
func (m *Machine) Snapshot() Snapshot {
	s := Snapshot{Name: m.spec.Name, State: m.state}
	for _, c := range m.all {
		cs := ContainerSnapshot{Name: c.spec.Name, Role: c.role, State: c.state, PID: c.pid, Gen: c.gen, Restarts: c.restarts, Started: c.started}
		if c.last != nil {
			last := *c.last
			cs.Last = &last
		}
		s.Containers = append(s.Containers, cs)
	}
	return s
}
