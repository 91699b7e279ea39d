package supervisor

import (
	"fmt"
	"time"
)

// PodStatus is a pod's status in the words of the Pod API (PodStatus, v1): the
// fields that a pod inside one container has.
type PodStatus struct {
	Phase                 Phase             `json:"phase"`
	Conditions            []Condition       `json:"conditions"`
	StartTime             *time.Time        `json:"startTime,omitempty"`
	InitContainerStatuses []ContainerStatus `json:"initContainerStatuses,omitempty"`
	ContainerStatuses     []ContainerStatus `json:"containerStatuses"`
}

// Phase is the phase of a pod.
type Phase string

// The phases.
const (
	PhasePending   Phase = "Pending"
	PhaseRunning   Phase = "Running"
	PhaseSucceeded Phase = "Succeeded"
	PhaseFailed    Phase = "Failed"
)

// Condition is one of a pod's conditions. Status is True or False.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// ContainerStatus is the status of one container.
type ContainerStatus struct {
	Name         string         `json:"name"`
	State        ContainerState `json:"state"`
	LastState    ContainerState `json:"lastState"`
	Ready        bool           `json:"ready"`
	Started      bool           `json:"started"`
	RestartCount int            `json:"restartCount"`
}

// ContainerState is waiting, running or terminated; none of them for a last state
// that there never was.
type ContainerState struct {
	Waiting    *StateWaiting    `json:"waiting,omitempty"`
	Running    *StateRunning    `json:"running,omitempty"`
	Terminated *StateTerminated `json:"terminated,omitempty"`
}

// StateWaiting says why a container does not run.
type StateWaiting struct {
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
}

// StateRunning says since when a container runs.
type StateRunning struct {
	StartedAt time.Time `json:"startedAt"`
}

// StateTerminated says how a run ended.
type StateTerminated struct {
	ExitCode   int       `json:"exitCode"`
	Reason     string    `json:"reason"`
	Message    string    `json:"message,omitempty"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
}

// maxMessages is how much room the termination messages of all containers have
// together (kubelet: maxTotalContainerMessageLength).
const maxMessages = 12288

// Status makes the Pod API's status of a snapshot.
func (s Snapshot) Status() PodStatus {
	status := PodStatus{Phase: s.phase()}
	if !s.Since.IsZero() {
		status.StartTime = &s.Since
	}
	room := maxMessages / max(len(s.Containers), 1)
	for i := range s.Containers {
		c := &s.Containers[i]
		one := s.containerStatus(c, room)
		if c.Role == RoleMain || c.Role == RoleJob {
			status.ContainerStatuses = append(status.ContainerStatuses, one)
		} else {
			status.InitContainerStatuses = append(status.InitContainerStatuses, one)
		}
	}
	status.Conditions = s.conditions(status.Phase)
	return status
}

func (s Snapshot) containerStatus(c *ContainerSnapshot, room int) ContainerStatus {
	status := ContainerStatus{Name: c.Name, RestartCount: c.Restarts, Ready: c.Ready, Started: c.Started}
	switch c.State {
	case Running, Stopping, Killing:
		if c.PostStart { // the kubelet tells of the start only after its hook
			status.State.Waiting = s.waiting(c)
		} else {
			status.State.Running = &StateRunning{StartedAt: c.StartedAt}
		}
		status.LastState.Terminated = terminated(c.Last, room)
	case Completed, Failed, Emptying, Held:
		status.State.Terminated = terminated(c.Last, room)
		status.LastState.Terminated = terminated(c.Previous, room)
	case Stopped:
		if status.State.Terminated = terminated(c.Last, room); c.Last == nil {
			status.State.Waiting = s.waiting(c)
		}
		status.LastState.Terminated = terminated(c.Previous, room)
	case Waiting, Starting, Retrying, BackingOff, Removed:
		status.State.Waiting = s.waiting(c)
		status.LastState.Terminated = terminated(c.Last, room)
	}
	return status
}

// anewMessage is the kubelet's message for a container that RestartAllContainers has
// ended.
const anewMessage = "The container is removed because RestartAllContainers in place"

// waiting says why a container does not run, in the kubelet's words.
func (s Snapshot) waiting(c *ContainerSnapshot) *StateWaiting {
	switch {
	case c.Backoff > 0:
		return &StateWaiting{Reason: "CrashLoopBackOff", Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", c.Backoff, c.Name, s.Name)}
	case c.WaitsFor != "":
		return &StateWaiting{Reason: "DependencyNotMet", Message: "waiting for " + c.WaitsFor}
	case c.State == Retrying:
		return &StateWaiting{Reason: "RunContainerError", Message: c.Trouble}
	case c.PostStart && c.Trouble != "":
		return &StateWaiting{Reason: "PostStartHookError", Message: c.Trouble}
	case s.Anew && c.Last != nil:
		return &StateWaiting{Reason: "RestartingAllContainers", Message: anewMessage}
	case c.Role == RoleJob && s.State == PodRunning:
		return &StateWaiting{Reason: "Scheduled"}
	case s.Containers[0].Role == RoleInit, s.Containers[0].Role == RoleSidecar:
		return &StateWaiting{Reason: "PodInitializing"}
	}
	return &StateWaiting{Reason: "ContainerCreating"}
}

// terminated renders a run that has ended; its message keeps its head.
func terminated(t *Termination, room int) *StateTerminated {
	if t == nil {
		return nil
	}
	return &StateTerminated{
		ExitCode: t.exitCode(), Reason: t.Reason, Message: t.Message[:min(len(t.Message), room)],
		StartedAt: t.Started, FinishedAt: t.Finished,
	}
}
