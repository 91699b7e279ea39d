package output

import "sync"

// tail is the last bytes of a stream: a ring, and behind it the latest read where
// that was a large one, in the very buffer that it was read into. A busy stream
// then costs no copying: each read makes the ones before superfluous, nearly.
type tail struct {
	older  ring
	latest []byte
}

func newTail(limit int) tail { return tail{older: ring{limit: limit}} }

// add adds data, which stands at the beginning of buffer, and returns the buffer
// for the next read: another one if it keeps this.
func (t *tail) add(data, buffer []byte) []byte {
	if len(data) < readSize/2 || t.older.limit < readSize/2 {
		t.settle()
		t.older.add(data)
		return buffer
	}
	free := t.latest
	switch need := max(0, t.older.limit-len(data)); {
	case len(free) >= need: // all that is older goes, but for a piece of this
		t.older.clear()
		t.older.add(free[len(free)-need:])
	default:
		t.older.add(free)
	}
	t.latest = data
	if free == nil {
		return *readBuffers.Get().(*[]byte)
	}
	return free[:readSize]
}

// readBuffers are those that settle has emptied: a stream whose reads are large and
// small by turns needs one again and again.
var readBuffers = sync.Pool{New: func() any { buffer := make([]byte, readSize); return &buffer }}

// settle moves all to the ring.
func (t *tail) settle() {
	if t.latest != nil {
		t.older.add(t.latest)
		buffer := t.latest[:readSize]
		readBuffers.Put(&buffer)
		t.latest = nil
	}
}

// bytes is a copy of what is kept, the oldest byte first.
func (t *tail) bytes() []byte {
	all := append(t.older.bytes(), t.latest...)
	return all[max(0, len(all)-t.older.limit):]
}
