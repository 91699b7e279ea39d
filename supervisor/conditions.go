package supervisor

import (
	"fmt"
	"strings"
)

// phase follows the kubelet's getPhase. A pod that has ended has its phase from its
// exit code; sidecars keep one Running until they are gone, but not one whose
// initialisation has failed.
func (s Snapshot) phase() Phase {
	switch s.State {
	case PodSucceeded:
		return PhaseSucceeded
	case PodFailed:
		return PhaseFailed
	case PodNew, PodInitializing:
		return PhasePending
	case PodHeld:
		if !s.Initialized {
			return PhasePending
		}
		return PhaseRunning
	case PodRunning, PodStopping:
	}
	if s.InitFailed {
		return PhaseFailed
	}
	for i := range s.Containers {
		c := &s.Containers[i]
		if c.Role == RoleMain && c.Last == nil && (!c.Running || c.PostStart) {
			return PhasePending
		}
	}
	return PhaseRunning
}

// conditions are in the kubelet's order (kubelet: generateAPIPodStatus). nile is what a
// pod's sandbox is, so that there is one from its start on.
func (s Snapshot) conditions(phase Phase) []Condition {
	conditions := []Condition{
		{Type: "PodReadyToStartContainers", Status: "True"},
		s.initializedCondition(phase),
		s.podReadyCondition(phase),
		s.readyCondition("ContainersReady", phase),
		{Type: "PodScheduled", Status: "True"},
	}
	if s.Anew {
		conditions = append(conditions, Condition{Type: "AllContainersRestarting", Status: "True"})
	}
	return conditions
}

// initializedCondition is True for ever once the last init container has let the mains
// start.
func (s Snapshot) initializedCondition(phase Phase) Condition {
	condition := Condition{Type: "Initialized", Status: "True"}
	switch {
	case s.Initialized && phase == PhaseSucceeded:
		condition.Reason = "PodCompleted"
	case s.Initialized:
	default:
		condition.Status, condition.Reason = "False", "ContainersNotInitialized"
		condition.Message = "containers with incomplete status: " + s.list(func(c *ContainerSnapshot) bool {
			return c.Role == RoleInit && !c.Ready || c.Role == RoleSidecar && !c.Started
		})
	}
	return condition
}

// readyCondition is True while all mains and all sidecars are ready.
func (s Snapshot) readyCondition(kind string, phase Phase) Condition {
	unready := s.list(func(c *ContainerSnapshot) bool { return c.Role != RoleInit && c.Role != RoleJob && !c.Ready })
	switch {
	case phase == PhaseSucceeded:
		return Condition{Type: kind, Status: "False", Reason: "PodCompleted"}
	case phase == PhaseFailed:
		return Condition{Type: kind, Status: "False", Reason: "PodFailed"}
	case unready != "[]":
		return Condition{Type: kind, Status: "False", Reason: "ContainersNotReady", Message: "containers with unready status: " + unready}
	}
	return Condition{Type: kind, Status: "True"}
}

// podReadyCondition is False while the pod is held, even where all containers are ready:
// one may run for people to look at.
func (s Snapshot) podReadyCondition(phase Phase) Condition {
	if s.State == PodHeld {
		return Condition{Type: "Ready", Status: "False", Reason: "Held", Message: s.HeldBecause}
	}
	return s.readyCondition("Ready", phase)
}

// list names the containers that are of a kind, as in "[web worker]".
func (s Snapshot) list(is func(*ContainerSnapshot) bool) string {
	var names []string
	for i := range s.Containers {
		if is(&s.Containers[i]) {
			names = append(names, s.Containers[i].Name)
		}
	}
	return fmt.Sprintf("[%s]", strings.Join(names, " "))
}
