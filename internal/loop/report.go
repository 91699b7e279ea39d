package loop

import (
	"github.com/nile-init/nile/supervisor"
)

// report is what comes to the loop from beside it: the answer to an errand, an event
// of another kind, a note, or a call.
type report struct {
	errand *errand
	event  supervisor.Event
	note   *supervisor.Note
	call   func() // by a [Handle]
}

// send hands the loop the answer to an errand.
func (l *loop) send(e *errand, event supervisor.Event) { l.hand(report{errand: e, event: event}) }

// sendEvent hands the loop an event.
func (l *loop) sendEvent(event supervisor.Event) { l.hand(report{event: event}) }

// sendNote hands the loop a note to be told.
func (l *loop) sendNote(note supervisor.Note) bool { return l.hand(report{note: &note}) }

func (l *loop) hand(r report) bool {
	select {
	case <-l.over: // first: there may be room in the channel for good
		return false
	default:
	}
	select {
	case l.reports <- r:
		l.Signals.Wake()
		return true
	case <-l.over:
		return false
	}
}

// takeReports handles all answers that have come.
func (l *loop) takeReports() {
	l.tellTroubles()
	l.hear()
	for {
		select {
		case r := <-l.reports:
			l.reported(r)
		default:
			return
		}
	}
}

// reported tells the machine what came from beside the loop; the answer to an errand
// only if it has not been given up.
func (l *loop) reported(r report) {
	switch {
	case r.note != nil:
		l.Note(*r.note)
		return
	case r.call != nil:
		r.call()
		return
	case l.degraded:
		return
	case r.errand == nil:
	case l.errands[r.errand.key()] != r.errand:
		return
	default:
		delete(l.errands, r.errand.key())
		l.countProbe(r.errand, r.event)
	}
	l.tell(r.event)
}
