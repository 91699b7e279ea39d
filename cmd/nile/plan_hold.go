package main

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/supervisor"
)

// holdPlan says what is held when it fails, and for how long; empty where nothing is.
func holdPlan(spec *supervisor.Spec) string {
	var names []string
	for _, c := range spec.Containers() {
		if when, ok := heldWhen(spec, c); ok {
			names = append(names, c.Name+when)
		}
	}
	if len(names) == 0 {
		return ""
	}
	text := strings.Join(names, ", ") + ": held"
	if spec.Hold.For > 0 {
		text += fmt.Sprintf(" for %v", spec.Hold.For)
	}
	if spec.Hold.Sidecars == supervisor.SidecarsStop {
		text += ", without sidecars"
	}
	return text
}

// heldWhen tells whether a container is held, and after how many restarts.
func heldWhen(spec *supervisor.Spec, c *supervisor.Container) (when string, ok bool) {
	onFailure := c.OnFailure
	if onFailure == "" && !c.Sidecar {
		onFailure = spec.Hold.OnFailure
	}
	holds := onFailure == supervisor.FailureHold
	restarts := c.Sidecar || policyOf(spec, c) != supervisor.RestartNever
	if n := spec.Hold.AfterRestarts; n > 0 && restarts && c.OnFailure != supervisor.FailureExit && (holds || !c.Sidecar) {
		return fmt.Sprintf(" (after %s)", restartsText(n)), true
	}
	return "", holds
}

func restartsText(n int) string {
	if n == 1 {
		return "1 restart"
	}
	return fmt.Sprintf("%d restarts", n)
}
