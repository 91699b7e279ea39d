package output

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

const (
	// longestLine is how much of an unfinished line is kept before it goes out
	// in pieces, and allUnfinished how much of those of all streams together.
	longestLine   = 4 << 20
	allUnfinished = 8 << 20

	// keptUnfinished is how much memory a stream keeps for the next unfinished
	// line: reads seldom end where a line does.
	keptUnfinished = 512
)

// stream is one pipe from a process.
type stream struct {
	m      *Manager
	run    *run
	which  Stream
	fd     int // nile's end of the pipe; -1 when closed
	sink   *sink
	format format
	tail   tail

	unfinished []byte // the line whose end has not come yet
	cut        bool   // a piece of that line went out already
	paused     bool   // is in sink.paused
}

// ready is called when there is something to read, or nobody to write any more.
func (s *stream) ready() {
	if !s.sink.hasRoom() {
		s.pause()
		return
	}
	s.read(len(s.m.buffer))
}

// read reads at most limit bytes, once, and reports how many there were.
func (s *stream) read(limit int) int {
	buffer := s.m.buffer
	n, err := readNow(s.fd, buffer[:min(limit, len(buffer))])
	switch {
	case err == unix.EAGAIN:
		return 0
	case n <= 0:
		s.end()
		return 0
	}
	s.m.buffer = s.tail.add(buffer[:n], buffer)
	s.take(buffer[:n])
	return n
}

func readNow(fd int, buffer []byte) (n int, err error) {
	for {
		n, err := unix.Read(fd, buffer)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// drain reads what is in the pipe at this moment, whether there is room for it
// or not, and takes an unfinished line for finished.
func (s *stream) drain() {
	if s.fd < 0 {
		return
	}
	// A process closes its files before it can be waited for, so all it wrote
	// is in the pipe by now. What another process adds meanwhile can wait.
	left, err := unix.IoctlGetInt(s.fd, unix.TIOCINQ) // FIONREAD by its other name
	for err == nil && left > 0 && s.fd >= 0 {
		n := s.read(left)
		if n == 0 {
			break
		}
		left -= n
	}
	s.flush()
}

// end is called when nobody can write any more.
func (s *stream) end() {
	s.flush()
	delete(s.m.streams, int32(s.fd))
	s.close()
}

// take takes what was read.
func (s *stream) take(data []byte) {
	count := &s.run.container.counts[s.which]
	count.Bytes += uint64(len(data))
	count.Lines += uint64(bytes.Count(data, newline))
	for _, f := range s.run.container.followers {
		f.each(Chunk{Gen: s.run.gen, Stream: s.which, Merged: s.run.merged, Data: data})
	}

	end := bytes.LastIndexByte(data, '\n') + 1
	whole, rest := data[:end], data[end:]
	if len(whole) > 0 && len(s.unfinished) > 0 {
		first := bytes.IndexByte(whole, '\n') + 1
		s.keep(whole[:first])
		s.flush()
		whole = whole[first:]
	}
	if len(whole) > 0 {
		s.emit(whole)
	}
	if len(rest) == 0 {
		return
	}
	s.keep(rest)
	if len(s.unfinished) > longestLine || s.m.unfinished > allUnfinished {
		s.cutLine()
	}
}

var newline = []byte{'\n'}

func (s *stream) keep(p []byte) {
	s.m.unfinished += len(p)
	s.unfinished = append(s.unfinished, p...)
}

// flush sends out the unfinished line as it is.
func (s *stream) flush() {
	if len(s.unfinished) == 0 {
		return
	}
	s.emit(s.unfinished)
	s.release(0)
}

// cutLine sends out the unfinished line but for a character at its end that may
// be unfinished too.
func (s *stream) cutLine() {
	end := len(s.unfinished)
	for back := 1; back < utf8.UTFMax && back < end; back++ {
		if c := s.unfinished[end-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(s.unfinished[end-back:]) {
				end -= back
			}
			break
		}
	}
	s.emit(s.unfinished[:end])
	s.release(len(s.unfinished) - end)
}

// release forgets all but the last n bytes of the unfinished line.
func (s *stream) release(n int) {
	rest := s.unfinished[len(s.unfinished)-n:]
	s.m.unfinished -= len(s.unfinished) - n
	if cap(s.unfinished) > keptUnfinished {
		s.unfinished = append([]byte(nil), rest...)
		return
	}
	s.unfinished = append(s.unfinished[:0], rest...)
}

// emit sends text on its way. It is lines, or one line or piece of one.
func (s *stream) emit(text []byte) {
	s.run.log.add(text)
	if !s.run.merged {
		s.run.order.add(s.which, len(text))
	}
	s.sink.add(s.format, text, s.cut)
	s.cut = text[len(text)-1] != '\n'
}

// pause stops reading until the sink has room. The process goes on until its pipe
// is full; then it waits, and nobody else does.
func (s *stream) pause() {
	s.paused = true
	s.m.watch(s, false)
	s.sink.paused = append(s.sink.paused, s)
}

func (s *stream) resume() {
	s.paused = false
	if s.fd >= 0 {
		s.m.watch(s, true)
	}
}
