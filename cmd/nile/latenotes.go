package main

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// lateNotes keeps what there is to log until the first children have been started: the
// first line sets up the log, its thread and the time zone, and the children would wait
// for these.
type lateNotes struct {
	tell  func(supervisor.Note)
	kept  []supervisor.Note
	since time.Time // of the first one that is kept
	over  bool
}

// newLateNotes has room for those of a start in which nothing goes wrong: two of each
// container, and the pod's. A slice that grows leaves garbage of each size that it had,
// which a small pod never collects.
func newLateNotes(spec *supervisor.Spec, tell func(supervisor.Note)) lateNotes {
	return lateNotes{tell: tell, kept: make([]supervisor.Note, 0, 2*len(spec.Containers())+1)}
}

// maxLate is how long a line may be late: a start takes long where its file's disk hangs.
const maxLate = 20 * time.Millisecond

// note tells a note, or keeps it.
func (l *lateNotes) note(n supervisor.Note) {
	if l.over {
		l.tell(n)
		return
	}
	if len(l.kept) == 0 {
		l.since = time.Now()
	}
	l.kept = append(l.kept, n)
	if time.Since(l.since) > maxLate {
		l.release()
	}
}

// release tells what has been kept, and keeps nothing any more.
func (l *lateNotes) release() {
	l.over = true
	for _, n := range l.kept {
		l.tell(n)
	}
	l.kept = nil
}
