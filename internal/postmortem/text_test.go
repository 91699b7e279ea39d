package postmortem

import (
	"strings"
	"testing"
)

// TestScreenLeavesOutWhatDebugsNile shows the latest events of a report, but not those that
// tell of nile's own affairs only.
func TestScreenLeavesOutWhatDebugsNile(t *testing.T) {
	r := &Report{Container: "app", Timeline: []Event{
		{Container: "app", Level: "debug", From: "Starting", To: "Running", Why: "started"},
		{Level: "debug", Why: "the control socket is /run/nile/control.sock"},
		{Container: "app", Level: "warn", From: "Running", To: "Held", Why: "exited with code 1"},
	}}
	r.Cause.Line = "exited 1"
	var screen strings.Builder
	if err := WriteText(&screen, r, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	text := screen.String()
	if !strings.Contains(text, "app Running: started") || !strings.Contains(text, "app Held: exited with code 1") || strings.Contains(text, "control socket") {
		t.Errorf("the screen is\n%s", text)
	}
}
