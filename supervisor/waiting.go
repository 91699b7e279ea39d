package supervisor

import (
	"fmt"
	"strings"
	"time"
)

// tellWaiting is how often a pod that is ending says whom it waits for.
const tellWaiting = 5 * time.Second

// stillWaiting says whom the end of the pod still waits for, and when to say it
// again.
func (m *Machine) stillWaiting() {
	var who []string
	for _, c := range m.all {
		switch {
		case c.state == Stopping && c.stop == stopHook:
			who = append(who, fmt.Sprintf("%s (process %d, its preStop hook runs)", c.spec.Name, c.pid))
		case c.state == Stopping && c.stop == stopSignal:
			who = append(who, fmt.Sprintf("%s (process %d, had %s %s ago)", c.spec.Name, c.pid, SignalName(c.stopSignal()), short(m.now.Sub(c.stopSince))))
		case c.state == Starting:
			who = append(who, c.spec.Name+" (its start)")
		case c.state == Killing:
			who = append(who, fmt.Sprintf("%s (process %d, had SIGKILL)", c.spec.Name, c.pid))
		case c.state == Emptying:
			who = append(who, c.spec.Name+" (what it left behind)")
		}
	}
	if len(who) > 0 {
		m.notePod(LevelInfo, m.state, "still waiting for "+strings.Join(who, ", "))
	}
	m.arm(TimerWaiting, nil, tellWaiting)
}
