package notify

import (
	"fmt"
	"syscall"

	"github.com/nile-init/nile/supervisor"
)

// complaint is a kind of thing that is not heeded.
type complaint int

const (
	aStranger complaint = iota
	unreadable
	anotherMain
	toBeStored
)

// hear takes in one datagram and the first of its descriptors, or -1.
func (s *Source) hear(datagram []byte, sender, fd int) {
	m, err := Parse(datagram)
	if m.Barrier && fd >= 0 && len(s.heard.barriers) < maxBarriers { // from anybody: it says nothing
		s.heard.barriers = append(s.heard.barriers, fd)
		return
	}
	closeIfOpen(fd)
	if m.Barrier {
		return
	}
	if sender != s.main && !(s.tree && isBelow(sender, s.main)) {
		s.complain(aStranger, fmt.Sprintf("a notification of process %d was dropped: it is not the container's main process%s", sender, s.remedy()))
		return
	}
	if err != nil {
		s.complain(unreadable, fmt.Sprintf("a notification of process %d was not understood: %v", sender, err))
	}
	if m.MainPID != 0 && m.MainPID != s.main {
		s.complain(anotherMain, fmt.Sprintf("MAINPID=%d was not heeded: the process that nile has started, %d, is the main process for as long as it runs", m.MainPID, s.main))
	}
	if m.Stores {
		s.complain(toBeStored, "FDSTORE was not heeded: nile keeps no descriptors for others")
	}
	if m.Notified != (supervisor.Notified{}) {
		s.gather(m.Notified)
	}
}

func (s *Source) remedy() string {
	if s.tree {
		return ", nor started by it"
	}
	return "; with access: Tree all that it has started may speak"
}

func closeIfOpen(fd int) {
	if fd >= 0 {
		_ = syscall.Close(fd)
	}
}

// complain tells of something that is not heeded, once.
func (s *Source) complain(kind complaint, text string) {
	if s.told[kind] {
		return
	}
	if s.told == nil {
		s.told = map[complaint]bool{}
	}
	s.told[kind] = true
	s.heard.Complaints = append(s.heard.Complaints, text)
}

// gather adds something said to what is to be taken.
func (s *Source) gather(e supervisor.Notified) {
	n := len(s.heard.Events)
	if n == 0 || n < maxGathered && !merges(&s.heard.Events[n-1], &e) {
		s.heard.Events = append(s.heard.Events, e)
		return
	}
	merge(&s.heard.Events[n-1], &e)
}

// merges tells whether nothing is lost where two messages become one.
func merges(last, next *supervisor.Notified) bool {
	before, now := word(last), word(next)
	return before == 0 || now == 0 || before == now
}

// word is which of the words that exclude each other a message has; 0 for none.
func word(e *supervisor.Notified) int {
	switch {
	case e.Ready:
		return 1
	case e.Reloading:
		return 2
	case e.Stopping:
		return 3
	}
	return 0
}

// merge has a message say what a later one says too, which goes first.
func merge(last, next *supervisor.Notified) {
	if word(next) != 0 {
		last.Ready, last.Reloading, last.Stopping = next.Ready, next.Reloading, next.Stopping
	}
	last.Closed = last.Closed || next.Closed
	last.Alive = last.Alive || next.Alive
	last.Trigger = last.Trigger || next.Trigger
	last.Extend = max(last.Extend, next.Extend)
	if next.Watchdog != nil {
		last.Watchdog = next.Watchdog
	}
	if next.Status != nil {
		last.Status = next.Status
	}
	if next.Errno != "" {
		last.Errno = next.Errno
	}
}
