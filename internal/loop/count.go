package loop

import (
	"strings"
	"time"

	"github.com/nile-init/nile/internal/metrics"
	"github.com/nile-init/nile/supervisor"
)

// countProbe counts a probe that has been answered.
func (l *loop) countProbe(e *errand, answer supervisor.Event) {
	if probed, ok := answer.(supervisor.Probed); ok && l.Metrics != nil {
		l.Metrics.Probed(e.name, probed.Kind, metrics.ResultOf(probed.Result), time.Since(e.begun))
	}
}

// countTimeout counts the probe whose time a timer says is over, if it is one's.
func (l *loop) countTimeout(timer supervisor.Timer) {
	if l.Metrics == nil {
		return
	}
	kind, ok := strings.CutPrefix(string(timer.Kind), "timeout ")
	if e := l.errands[timer.Name+"/"+kind]; ok && e != nil {
		l.Metrics.Probed(e.name, supervisor.ProbeKind(kind), metrics.ProbeTimeout, time.Since(e.begun))
	}
}
