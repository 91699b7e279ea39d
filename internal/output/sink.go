package output

import (
	"bytes"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// roomLimit is how much may wait for a destination before the streams that
	// lead to it are no longer read. Their pipes fill then, and the writers wait.
	roomLimit = 256 << 10

	// reserve is how much more a destination takes of processes that have
	// ended: there is nobody left to wait, and their pipes must go. What was
	// kept of unfinished lines is in memory already.
	reserve = 4<<20 + allUnfinished

	// pieceSize is how much text at a time gets its form and is written where that
	// is done directly. A pipe takes 64 KiB: its reader has one piece while the next
	// is made.
	pieceSize = 32 << 10

	// keptBuffer is the largest buffer that is used again: one in which as much has
	// been written already as waits, and what one read adds.
	keptBuffer = 1 << 20
)

// destination is where a sink writes. Only one call is under way at a time, in a
// goroutine of its own: it may block.
type destination interface {
	// write writes lines. It returns how many of the bytes are lost, and why.
	write(p []byte) (lost int, err error)
	// failure says what the failure of a write means.
	failure(err error) error
	// name is what the user calls it.
	name() string
	// close gives back what it has open; the last call.
	close()
}

// nonBlocking is a destination that the poller can write to by itself, which
// spares the change to another thread. There is an event when it has room again.
type nonBlocking interface {
	// writeNow writes as much as there is room for. [unix.EAGAIN] means that
	// there is none, [unix.EOPNOTSUPP] that this doesn't work after all.
	writeNow(p []byte) (n int, err error)
}

// sink is what waits for a destination. It belongs to the poller's goroutine.
type sink struct {
	m       *Manager
	out     destination
	direct  nonBlocking   // out, if it can do that; else nil
	slots   chan struct{} // limits how many sinks write at once; nil if nothing does
	pending []byte        // what is to be written
	done    int           // how much of it has been
	flight  int           // how much is being written by another goroutine
	paused  []*stream     // are not read until there is room

	failing bool // the last write failed, and that has been said
	lost    int  // bytes since then
}

func (s *sink) queued() int   { return len(s.pending) - s.done + s.flight }
func (s *sink) hasRoom() bool { return s.queued() < roomLimit }

// add queues text in a format and begins to write it.
func (s *sink) add(f format, text []byte, continues bool) {
	if s.queued() > roomLimit+reserve {
		s.lose(len(text), errNotRead)
		return
	}
	for len(text) > 0 {
		piece := s.piece(text)
		if s.pending == nil {
			s.pending = takeBuffer()
		}
		if s.done > len(s.pending)/2 {
			s.pending = s.pending[:copy(s.pending, s.pending[s.done:])]
			s.done = 0
		}
		s.pending = f.append(s.pending, piece, continues, s.m.now)
		s.start()
		text, continues = text[len(piece):], false
	}
}

// piece is as much of text as is to be written at once.
func (s *sink) piece(text []byte) []byte {
	if s.direct == nil || len(text) <= pieceSize {
		return text
	}
	if end := bytes.LastIndexByte(text[:pieceSize], '\n') + 1; end > 0 {
		return text[:end]
	}
	return text[:min(len(text), lineEnd(text, pieceSize)+1)]
}

// start writes what waits, or has it written, unless the destination is busy.
func (s *sink) start() {
	if s.flight > 0 {
		return
	}
	if s.direct != nil {
		s.writeDirectly()
	}
	if s.direct != nil || s.queued() == 0 {
		return
	}
	buffer, batch := s.pending, s.pending[s.done:]
	s.flight, s.pending, s.done = len(batch), nil, 0
	go func() {
		if s.slots != nil {
			s.slots <- struct{}{}
		}
		lost, err := quietly(func() (int, error) { return s.out.write(batch) })
		if s.slots != nil {
			<-s.slots
		}
		s.m.post(func() {
			s.flight = 0
			s.written(buffer, lost, err)
			s.start()
		})
	}()
}

// writeDirectly writes as much as there is room for.
func (s *sink) writeDirectly() {
	if s.queued() == 0 {
		return
	}
	var err error
	for err == nil && s.queued() > 0 {
		var n int
		n, err = s.direct.writeNow(s.pending[s.done:])
		s.done += n
	}
	switch err {
	case unix.EAGAIN:
		if s.queued() <= roomLimit/2 { // not only when the pipe has run dry
			s.resume()
		}
		return
	case unix.EOPNOTSUPP:
		s.direct = nil
		return
	case nil:
	default:
		err = s.out.failure(err)
	}
	buffer, lost := s.pending, s.queued()
	s.pending, s.done = nil, 0
	s.written(buffer, lost, err)
}

// written takes note of a write that has ended.
func (s *sink) written(buffer []byte, lost int, err error) {
	giveBuffer(buffer)
	if err != nil {
		s.lose(lost, err)
	} else if s.failing {
		s.m.report(fmt.Errorf("%s can be written again: %d bytes of output were dropped meanwhile", s.out.name(), s.lost))
		s.failing, s.lost = false, 0
	}
	if s.hasRoom() {
		s.resume()
	}
	s.m.checkIdle()
}

// lose counts what is dropped, and says why when it begins.
func (s *sink) lose(n int, why error) {
	s.lost += n
	if !s.failing {
		s.failing = true
		s.m.report(why)
	}
}

func (s *sink) resume() {
	for _, stream := range s.paused {
		stream.resume()
	}
	s.paused = s.paused[:0]
}

// buffers are reused while output flows, and left to the garbage collector when
// it doesn't.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func takeBuffer() []byte {
	buffer := *buffers.Get().(*[]byte)
	return buffer[:0]
}

func giveBuffer(buffer []byte) {
	if cap(buffer) <= keptBuffer {
		buffers.Put(&buffer)
	}
}
