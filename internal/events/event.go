package events

import (
	"time"

	"github.com/nile-init/nile/supervisor"
)

// Event is a note with its number and time: one thing that has happened. Its JSON form
// is a part of the control protocol (docs/reference/control.md).
type Event struct {
	Number  uint64           `json:"number"` // counts from 1, without gaps
	Time    time.Time        `json:"time"`
	Level   supervisor.Level `json:"level"`
	Name    string           `json:"container,omitempty"` // empty where it concerns the pod
	From    string           `json:"from,omitempty"`      // the states; the same where none has changed
	To      string           `json:"to,omitempty"`
	Message string           `json:"message"`
	PID     int              `json:"pid,omitempty"`
	Restart int              `json:"restarts,omitempty"`
	// ExitCode and Signal say how a run has ended; Core that it left a core.
	ExitCode *int   `json:"exitCode,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Core     bool   `json:"core,omitempty"`
	// Cause is, of a crash whose report has been made, the kind of its cause.
	Cause string `json:"cause,omitempty"`
	// File is the first of the files that have changed, of those that a container watches.
	File string `json:"file,omitempty"`
	// Received is a signal that nile was sent and hands on, or drops.
	Received string `json:"received,omitempty"`
}

// entry is what the ring keeps of an event: the note as it came. Most are never
// looked at.
type entry struct {
	at   time.Time
	note supervisor.Note
}

// size estimates the bytes of an entry.
func (e *entry) size() int { return entrySize + len(e.note.Why) + len(e.note.File) }

// entrySize is an entry without its text; the other strings are constants or names
// that others hold as well.
const entrySize = 160

// event makes the event of an entry.
func (e *entry) event(number uint64) Event {
	n := &e.note
	event := Event{
		Number: number, Time: e.at, Level: n.Level, Name: n.Name, From: n.From, To: n.To,
		Message: n.Why, PID: n.PID, Restart: n.Restart, Cause: n.Cause, File: n.File,
	}
	if n.Status != nil {
		code := n.Status.ExitCode()
		event.ExitCode, event.Core = &code, n.Status.Core
		if n.Status.Signal != 0 {
			event.Signal = supervisor.SignalName(n.Status.Signal)
		}
	}
	if n.Signal != 0 {
		event.Received = supervisor.SignalName(n.Signal)
	}
	return event
}

// Changed tells whether a container or the pod has gone into another state.
func (e *Event) Changed() bool { return e.From != e.To }
