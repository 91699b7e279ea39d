package supervisor_test

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// status prints a snapshot.
func (s *stage) status() {
	snapshot := s.machine.Snapshot()
	line := fmt.Sprintf("pod %s", snapshot.State)
	if !snapshot.HeldSince.IsZero() {
		line += fmt.Sprintf(" since %s because %s", snapshot.HeldSince.Sub(epoch), snapshot.HeldBecause)
	}
	s.print("%s", line)
	for _, c := range snapshot.Containers {
		line := fmt.Sprintf("%s %s: %s", c.Role, c.Name, c.State)
		if c.PID != 0 {
			line += fmt.Sprintf(", pid %d", c.PID)
		}
		line += fmt.Sprintf(", restarts %d, generation %d", c.Restarts, c.Gen)
		if c.Last != nil {
			line += fmt.Sprintf(", last %s %s", c.Last.Reason, c.Last.Status)
			if c.Last.Asked {
				line += " (asked to)"
			}
			if c.Trigger != "" {
				line += fmt.Sprintf(", failed by %s", c.Trigger)
			}
			if c.Evidence != "" {
				line += fmt.Sprintf(" %q", c.Evidence)
			}
		}
		if j := c.Schedule; j != nil {
			line += fmt.Sprintf(", runs %d, failures %d, skipped %d", j.Runs, j.Failures, j.Skipped)
			if !j.Next.IsZero() {
				line += fmt.Sprintf(", next at %s", j.Next.Sub(epoch))
			}
		}
		if c.Notice != "" {
			line += ", notify " + c.Notice
		}
		if c.Says != "" {
			line += fmt.Sprintf(", says %q", c.Says)
		}
		if c.Retried {
			line += ", retried"
		}
		if c.Parked {
			line += ", parked"
		}
		if c.WaitsFor != "" {
			line += ", waits for " + c.WaitsFor
		}
		s.print("  %s", line+renderNews(c.Watch))
	}
}

// podStatus prints the Pod API's status, a line for the pod and one for each container,
// much like the traces of what a kubelet does.
func (s *stage) podStatus() {
	status := s.machine.Snapshot().Status()
	line := "phase=" + string(status.Phase)
	for _, c := range status.Conditions {
		line += fmt.Sprintf(" %s=%s", c.Type, c.Status)
		if c.Reason != "" {
			line += "/" + c.Reason
		}
	}
	s.print("%s", line)
	for _, c := range status.Conditions {
		if c.Message != "" {
			s.print("  %s: %s", c.Type, c.Message)
		}
	}
	for _, c := range append(status.InitContainerStatuses, status.ContainerStatuses...) {
		line := fmt.Sprintf("  %s %s restarts=%d", c.Name, renderState(c.State), c.RestartCount)
		if c.Ready {
			line += " ready"
		}
		if c.Started {
			line += " started"
		}
		if t := c.LastState.Terminated; t != nil {
			line += fmt.Sprintf(" last=%s/%d", t.Reason, t.ExitCode) + renderMessage(t.Message)
		}
		s.print("%s", line)
	}
}

func renderState(state supervisor.ContainerState) string {
	switch {
	case state.Waiting != nil:
		return "waiting " + state.Waiting.Reason + renderMessage(state.Waiting.Message)
	case state.Running != nil:
		return "running"
	case state.Terminated != nil:
		t := state.Terminated
		return fmt.Sprintf("terminated %s exit=%d after %s", t.Reason, t.ExitCode, t.FinishedAt.Sub(t.StartedAt)) + renderMessage(t.Message)
	}
	return "in no state"
}

// renderMessage shortens a message of more than 80 bytes.
func renderMessage(text string) string {
	switch {
	case text == "":
		return ""
	case len(text) > 80:
		return fmt.Sprintf(" message(%d)=%q…", len(text), text[:12])
	}
	return fmt.Sprintf(" message=%q", text)
}

// renderAction is an action as a line of a script.
func renderAction(action supervisor.Action) string {
	switch a := action.(type) {
	case supervisor.Spawn:
		return fmt.Sprintf("  spawn %s#%d", a.Name, a.Gen) + renderOverride(a.Override)
	case supervisor.Kill:
		return fmt.Sprintf("  kill %s %d with %s (%s)", a.Name, a.PID, supervisor.SignalName(a.Signal), a.Scope)
	case supervisor.KillStrays:
		return renderKillStrays(a)
	case supervisor.Suspend:
		return "  suspend nile itself"
	case supervisor.StartProbe:
		return fmt.Sprintf("  probe %s of %s, number %d", a.Kind, a.Name, a.Number)
	case supervisor.StopProbe:
		return fmt.Sprintf("  give up probe %s of %s, number %d", a.Kind, a.Name, a.Number)
	case supervisor.RunHook:
		if a.Hook == supervisor.HookChanged {
			return fmt.Sprintf("  run command %d about watch %d of %s#%d", a.Number, a.Watch, a.Name, a.Gen)
		}
		return fmt.Sprintf("  run %s of %s#%d", a.Hook, a.Name, a.Gen)
	case supervisor.StopHook:
		return fmt.Sprintf("  give up %s of %s", a.Hook, a.Name)
	case supervisor.Arm:
		return fmt.Sprintf("  arm %s for %s", renderTimer(a.Timer), a.After)
	case supervisor.Disarm:
		return fmt.Sprintf("  disarm %s", renderTimer(a.Timer))
	case supervisor.Exit:
		return fmt.Sprintf("  exit %d: %s", a.Code, a.Message)
	case supervisor.Note:
		return renderNote(a)
	}
	return renderCommandAction(action)
}

func renderKillStrays(a supervisor.KillStrays) string {
	what := fmt.Sprintf("what %s#%d left behind", a.Name, a.Gen)
	if a.Scope == supervisor.ScopeGroup {
		what = fmt.Sprintf("the group of %s#%d", a.Name, a.Gen)
	}
	if a.Signal == 0 {
		return "  wait for " + what
	}
	return fmt.Sprintf("  kill %s with %s", what, supervisor.SignalName(a.Signal))
}

// renderNote leaves out what is the rule: a level of debug or info.
func renderNote(n supervisor.Note) string {
	line := n.Name
	if line == "" {
		line = "pod"
	}
	if n.Level == supervisor.LevelWarn || n.Level == supervisor.LevelError {
		line = strings.ToUpper(string(n.Level)) + " " + line
	}
	switch {
	case n.From == "" && n.To == "":
	case n.From == n.To:
		line += " " + n.To
	default:
		line += fmt.Sprintf(" %s -> %s", n.From, n.To)
	}
	line += ": " + n.Why
	if n.To == string(supervisor.Running) && n.PID != 0 {
		line += fmt.Sprintf(", pid %d", n.PID)
	}
	return line
}

func renderTimer(t supervisor.Timer) string {
	if t.Name == "" {
		return fmt.Sprintf("%s of the pod", t.Kind)
	}
	if t.Signal != 0 {
		return fmt.Sprintf("%s of %s for %s#%d", t.Kind, supervisor.SignalName(t.Signal), t.Name, t.Gen)
	}
	return fmt.Sprintf("%s of %s#%d", t.Kind, t.Name, t.Gen)
}
